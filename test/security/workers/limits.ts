/** A platform whose owner has chosen other limits, and whose database takes its time before a write. */
import { env } from "cloudflare:workers";
import { createAuthApp } from "../../../src/worker/app.ts";
import { faulty } from "../../worker/db/faulty.ts";

const writeMilliseconds = 30;
const isWrite = /(insert into|update|delete from) "member"/i;

export default createAuthApp(
  {
    limits: {
      tenantsPerOwner: 5,
      membersPerTenant: 3,
      rolesPerTenant: 4,
      pendingInvitationsPerTenant: 6,
      sessionsPerUser: 2,
      tenantMetadataBytes: 100,
      pictureBytes: 20_000,
      changesPerDay: 40,
    },
  },
  {
    ...env,
    DB: faulty(env.DB, async (sql) => {
      if (isWrite.test(sql)) await scheduler.wait(writeMilliseconds);
    }),
  },
);
