/** A platform whose database takes its time before a write: what was checked before it may be true no more. */
import { env } from "cloudflare:workers";
import { createAuthApp } from "../../../src/worker/app.ts";
import { faulty } from "../../worker/db/faulty.ts";

const writeMilliseconds = 60;
const isWrite = /(insert into|update|delete from) "(user|member|invitation|organization)"/i;

export default createAuthApp(
  {},
  {
    ...env,
    DB: faulty(env.DB, async (sql) => {
      if (isWrite.test(sql)) await scheduler.wait(writeMilliseconds);
    }),
  },
);
