/** A platform whose owner wants longer passwords, asks nobody about them, and keeps the audit log for a week. */
import { createAuthApp } from "../../../src/worker/app.ts";

export default createAuthApp({
  passwords: { minLength: 20, minLengthWithTwoFactor: 12, checkBreaches: false },
  auditRetentionDays: 7,
});
