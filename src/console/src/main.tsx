import { createNnoAuthClient, NnoAuthProvider } from "@neutrino-io/sdk";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { BrowserRouter } from "react-router";
import "@neutrino-io/ui-auth/styles.css";
import { App } from "./app.tsx";
import { readAuthUrl } from "./auth-url.ts";
import "./console.css";
import { applyTheme } from "./theme.ts";

applyTheme();
const client = createNnoAuthClient({ authUrl: readAuthUrl(import.meta.env, window.location) });
const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no #root");

createRoot(root).render(
  <StrictMode>
    <NnoAuthProvider client={client}>
      <BrowserRouter>
        <App />
      </BrowserRouter>
    </NnoAuthProvider>
  </StrictMode>,
);
