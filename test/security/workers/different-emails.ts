/** A platform whose owner lets people connect accounts of a provider that have another address. */
import { createAuthApp } from "../../../src/worker/app.ts";

export default createAuthApp({
  socialProviders: ["google"],
  accountLinking: { allowDifferentEmails: true },
});
