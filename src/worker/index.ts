/**
 * Your platform's auth Worker. This file is yours: choose what it offers, add routes of your own.
 * docs/your-worker.md explains the options, docs/configuration.md the variables and secrets.
 */
import { createAuthApp } from "./app.ts";

export default createAuthApp({
  // Each needs two secrets, for example: npx wrangler secret put GOOGLE_CLIENT_ID, and GOOGLE_CLIENT_SECRET.
  // Without them a provider is off, and /healthz says so. One of your own that speaks OpenID Connect:
  // { provider: "openid-connect", id: "acme", name: "Acme Staff", issuer: "https://id.acme.example" }
  socialProviders: ["google", "github"],

  // Whether platform admins must have two-factor authentication before they may act as such.
  platformAdminsNeedTwoFactor: false,

  // A session ends after this long without use; a used one is prolonged once a day.
  session: { lifetimeSeconds: 7 * 24 * 60 * 60 },

  // Services that may be named at /api/auth/token?audience=...
  tokenAudiences: [],

  // More of Better Auth: https://better-auth.com/docs/plugins. Their tables and columns go into the folder own/.
  plugins: [],

  // Routes of your own, on the same host.
  routes: (app) => {
    app.get("/", (context) => context.text("This is the authentication service of a platform.\n"));
  },
});
