/** A platform whose users sign in every working day. */
import { createAuthApp } from "../../../src/worker/app.ts";

export default createAuthApp({ session: { absoluteLifetimeSeconds: 12 * 60 * 60 } });
