/**
 * A platform that writes what rests on a password (a session, another password, a change of the second factor, a deletion)
 * when the test has had its say.
 */
import { env } from "cloudflare:workers";
import { createAuthApp } from "../../../src/worker/app.ts";
import { faulty } from "../../worker/db/faulty.ts";

const isLate =
  /^(insert into|delete from) "session"|^update "(account|user)"|^update "two_factor" set "backup_codes"|^delete from "user"/i;
const lookAgainMilliseconds = 5;

const hold = { isOn: false, held: 0 };

export default createAuthApp(
  {
    routes: (app) => {
      app.post("/hold", (context) => {
        Object.assign(hold, { isOn: true, held: 0 });
        return context.body(null, 204);
      });
      app.get("/held", (context) => context.json(hold.held));
      app.post("/release", (context) => {
        hold.isOn = false;
        return context.body(null, 204);
      });
    },
  },
  {
    ...env,
    DB: faulty(env.DB, async (sql) => {
      if (!hold.isOn || !isLate.test(sql)) return;
      hold.held += 1;
      while (hold.isOn) await scheduler.wait(lookAgainMilliseconds);
    }),
  },
);
