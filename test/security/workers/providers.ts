/** A platform that hands out tokens of providers, with one of Better Auth's providers, and one of the owner's own that speaks OpenID Connect. */
import { createAuthApp } from "../../../src/worker/app.ts";

export default createAuthApp({
  providerTokens: true,
  socialProviders: [
    "google",
    {
      provider: "openid-connect",
      id: "acme",
      name: "Acme Staff",
      issuer: "https://id.acme.example",
      authoritativeFor: ["staff.example"],
    },
  ],
});
