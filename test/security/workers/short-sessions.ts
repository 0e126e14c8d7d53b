/** A platform whose users sign in every working day, and again after an hour away. */
import { createAuthApp } from "../../../src/worker/app.ts";

export default createAuthApp({
  session: {
    lifetimeSeconds: 60 * 60,
    refreshSeconds: 60,
    absoluteLifetimeSeconds: 12 * 60 * 60,
  },
});
