/** The audit log's plugin: records what routes and sign-ins did, and serves the routes that read the log. */
import type { PhasedPlugin } from "../plugin-order.ts";
import type { Database } from "../../db/database.ts";
import { forgetUser, readFormerAddresses } from "../platform/forget-user.ts";
import type { Routes } from "../routes/register.ts";
import { recordOutcome } from "./after-route.ts";
import { prepareAudit } from "./before-route.ts";
import { auditInsert, type AuditEvent } from "./event.ts";
import { exportAuditEvents } from "./export.ts";
import { listOwnEvents } from "./own-events.ts";
import { listAuditEvents } from "./reading.ts";
import type { Repetition } from "./repetition.ts";

interface AuditOptions {
  routes: Routes;
  database: Database;
  repetition: Repetition;
  /** Called after each new session, for maintenance under its throttle. */
  onSignIn: () => void;
}

export function audit({ routes, database, repetition, onSignIn }: AuditOptions) {
  const write = async (event: AuditEvent) => {
    await database.batch([auditInsert(database, event)]);
  };
  const recordAccount =
    (event: AuditEvent["event"]) =>
    async (
      { providerId: provider, userId: actorId }: { providerId: string; userId: string },
      context: { headers?: Headers | undefined } | null,
    ) => {
      await write({ event, actorId, detail: { provider }, headers: context?.headers });
    };
  const recordLinked = recordAccount("account.linked");
  return {
    id: "nno-audit",
    phase: "record",
    init: () => ({
      options: {
        databaseHooks: {
          user: {
            create: {
              after: async ({ id: subjectId }, context) => {
                await write({ event: "user.created", subjectId, headers: context?.headers });
              },
            },
            delete: {
              // By an owner's plugin: the template's own routes have done it in one batch with the deletion.
              after: async ({ id, email }) => {
                const addresses = await readFormerAddresses(database, id, email);
                const [first, ...rest] = forgetUser(database, id, addresses);
                if (first !== undefined) await database.batch([first, ...rest]);
              },
            },
          },
          account: {
            create: {
              after: async (account, context) => {
                // The account row of a password is covered by the event of the route that sets the password.
                if (account.providerId !== "credential") await recordLinked(account, context);
              },
            },
            // A request to unlink names the account by its id alone, so only the deleted row knows the provider.
            delete: { after: recordAccount("account.unlinked") },
          },
        },
      },
    }),
    hooks: {
      before: prepareAudit({ routes, database }),
      after: [
        {
          matcher: (context) =>
            context.context.newSession !== null || routes.of(context)?.audit !== undefined,
          handler: recordOutcome({ routes, repetition, write, onSignIn }),
        },
      ],
    },
    endpoints: {
      listAuditEvents: listAuditEvents(database),
      listOwnEvents: listOwnEvents(database),
      exportAuditEvents: exportAuditEvents(database),
    },
  } satisfies PhasedPlugin;
}
