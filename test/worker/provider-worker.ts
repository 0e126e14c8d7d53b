/** An owner's file with an OpenID Connect provider of their own, for the browser tests, which deploy it; they name the issuer. */
import { env } from "cloudflare:workers";
import { createAuthApp } from "../../src/worker/app.ts";

const { ACME_ISSUER: issuer } = env as unknown as { ACME_ISSUER: string };

export default createAuthApp({
  socialProviders: [
    "google",
    "github",
    { provider: "openid-connect", id: "acme", name: "Acme Staff", issuer },
  ],
});
