import { NnoAuthProvider } from "@neutrino-io/sdk";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { BrowserRouter } from "react-router";
import "@neutrino-io/ui-auth/styles.css";
import { App } from "./app.tsx";
import "./console.css";
import { ErrorBoundary } from "./error-boundary.tsx";
import { applyTheme } from "./theme.ts";

applyTheme();
const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no #root");

// The SDK finds the auth Worker by VITE_AUTH_URL or VITE_AUTH_API_URL, or else by the host of this page.
createRoot(root).render(
  <StrictMode>
    <ErrorBoundary element="main">
      <NnoAuthProvider>
        <BrowserRouter>
          <App />
        </BrowserRouter>
      </NnoAuthProvider>
    </ErrorBoundary>
  </StrictMode>,
);
