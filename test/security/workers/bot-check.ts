/** A platform with a check against bots, whose provider is the test. */
import { createAuthApp } from "../../../src/worker/app.ts";

export default createAuthApp({
  botCheck: {
    provider: "turnstile",
    siteKey: "the-site-key",
    verifyUrl: "https://verify.example/siteverify",
  },
});
