/**
 * Your platform's auth Worker. This file is yours: choose what it offers and add your own routes.
 * docs/your-worker.md explains the options; docs/configuration.md explains the variables and secrets.
 */
import { createAuthApp } from "./app.ts";

export default createAuthApp({
  // Each provider needs two secrets: npx wrangler secret put GOOGLE_CLIENT_ID, and the same for GOOGLE_CLIENT_SECRET.
  // Without them the provider is off, and /healthz says so. You can add your own OpenID Connect provider:
  // { provider: "openid-connect", id: "acme", name: "Acme Staff", issuer: "https://id.acme.example" }
  socialProviders: ["google", "github"],

  // Set this to true to require two-factor authentication of platform admins.
  platformAdminsNeedTwoFactor: false,

  // A session ends after this long without use. A session in use is extended once a day.
  session: { lifetimeSeconds: 7 * 24 * 60 * 60 },

  // Audiences that may be requested at /api/auth/token?audience=...
  tokenAudiences: [],

  // Additional Better Auth plugins: https://better-auth.com/docs/plugins. Their tables and columns go into the folder own/.
  plugins: [],

  // Your own routes on the same host.
  routes: (app) => {
    app.get("/", (context) => context.text("This is the authentication service of a platform.\n"));
  },
});
