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
const { VITE_AUTH_URL, VITE_AUTH_API_URL } = import.meta.env;
const authUrl = readAuthUrl({ VITE_AUTH_URL, VITE_AUTH_API_URL }, window.location);
const client = createNnoAuthClient({ authUrl });
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
