/** A platform whose admins need a second factor, and where a mailed link signs in. */
import { magicLink } from "better-auth/plugins/magic-link";
import { createAuthApp } from "../../../src/worker/app.ts";

export default createAuthApp({
  platformAdminsNeedTwoFactor: true,
  plugins: [
    magicLink({
      // To where the test reads it: the plugin has no transport of its own.
      sendMagicLink: async ({ url }) => console.log(`magic link: ${url}`),
    }),
  ],
});
