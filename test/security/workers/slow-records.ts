/** A platform whose database takes its time to read the audit log: two requests have written to it before either reads. */
import { env } from "cloudflare:workers";
import { createAuthApp } from "../../../src/worker/app.ts";
import { faulty } from "../../worker/db/faulty.ts";

const milliseconds = 250;
const isSlow = /^select[^;]* from "audit_event"/i;

export default createAuthApp(
  {},
  {
    ...env,
    DB: faulty(env.DB, async (sql) => {
      if (isSlow.test(sql)) await scheduler.wait(milliseconds);
    }),
  },
);
