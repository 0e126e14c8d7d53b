/**
 * Mails the owner of an account what happened to it: the events that the audit log got in this request, as
 * `notice-table.ts` decides. Nothing is sent for a request that failed. Mails are sent in the background, so that a thief
 * can neither redirect nor stop them.
 */
import { createAuthMiddleware, isAPIError } from "better-auth/api";
import { eq } from "drizzle-orm";
import type { Database } from "../../db/database.ts";
import { user } from "../../db/schema.ts";
import { render, templates, type Addressee } from "../../email/templates.ts";
import type { EmailMessage } from "../../email/transports.ts";
import { eventsOfRequest, type AuditEvent, type RecordedEvent } from "../audit/event.ts";
import type { AuditEventName } from "../audit/event-names.ts";
import { readChangedAddress } from "../email-address/completed-change.ts";
import type { PhasedPlugin } from "../plugin-order.ts";
import { platformAdminRole } from "../roles.ts";
import type { Routes } from "../routes/register.ts";
import { credentialsQuery, fingerprint } from "../throttle/credentials.ts";
import { guessedCredentials } from "../throttle/guess.ts";
import { isStillKnown, readKnownDevice } from "../throttle/known-device.ts";
import { describeSignIn, type NewSignIns } from "./new-sign-ins.ts";
import { noticesOf, type Notice, type NoticeMail } from "./notice-table.ts";

type Context = Parameters<Parameters<typeof createAuthMiddleware>[0]>[0];

/** The fields of an account that a notice uses. */
interface Account extends Addressee {
  email: string;
}

interface Options {
  routes: Routes;
  database: Database;
  background: (promise: Promise<unknown>) => void;
  send: (kind: NoticeMail, message: EmailMessage) => void;
  newSignIns: NewSignIns;
}

/** The text of each notice but that of a sign-in, which needs more than its event. */
const texts: Record<
  Exclude<NoticeMail, "newSignIn" | "emailChanged">,
  (account: Account, event: AuditEvent) => Parameters<typeof render>[1]
> = {
  accountDeleted: templates.accountDeleted,
  backupCodeUsed: templates.backupCodeUsed,
  backupCodesReplaced: templates.backupCodesReplaced,
  impersonated: templates.impersonated,
  passwordChanged: templates.passwordChanged,
  platformRoleChanged: (account, { event, detail }) =>
    templates.platformRoleChanged({
      ...account,
      isAdmin: event === "platform.claimed" || detail?.["role"] === platformAdminRole,
    }),
  providerConnected: (account, event) =>
    templates.providerConnected({ ...account, provider: providerOf(event) }),
  providerDisconnected: (account, event) =>
    templates.providerDisconnected({ ...account, provider: providerOf(event) }),
  secretShown: templates.secretShown,
  twoFactorDisabled: templates.twoFactorDisabled,
  twoFactorEnabled: templates.twoFactorEnabled,
};

const providerOf = ({ detail }: AuditEvent) => String(detail?.["provider"] ?? "provider");

export function notices({ routes, database, background, send, newSignIns }: Options) {
  async function readOwner(
    { context: { session, newSession } }: Context,
    { owner, subjectId, actorId }: AuditEvent,
  ) {
    // A row that is gone does not tell whether its address was confirmed.
    if (owner !== undefined) return { id: undefined, emailVerified: false, ...owner };
    const id = typeof subjectId === "string" ? subjectId : actorId;
    if (id === undefined) return undefined;
    const present = [newSession?.user, session?.user].find((one) => one?.id === id);
    if (present !== undefined) return present;
    return database.query.user.findFirst({
      columns: { id: true, name: true, email: true, emailVerified: true },
      where: eq(user.id, id),
    });
  }

  /**
   * Whether the account knew the device before this sign-in, as the request's cookie says. A device that has shown earlier
   * credentials alone is a stranger's: a thief may have signed in there before the password was changed.
   */
  async function isKnownDevice(ctx: Context, { id, email }: { id?: string; email: string }) {
    const known = await readKnownDevice(ctx, email);
    if (known === undefined) return false;
    const guessed = guessedCredentials.get();
    const current =
      guessed !== undefined && guessed.userId === id
        ? guessed
        : await fingerprint(ctx.context.secret, await credentialsQuery(database, email));
    return isStillKnown(known, current, { isCode: false });
  }

  async function mailOwner(ctx: Context, { mail }: Notice, event: RecordedEvent) {
    const owner = await readOwner(ctx, event);
    if (owner === undefined || mail === "emailChanged") return;
    if (mail !== "newSignIn") {
      send(mail, render(owner.email, texts[mail](owner, event)));
      return;
    }
    const { id, name, email, emailVerified } = owner;
    if (id === undefined || (await isKnownDevice(ctx, { id, email }))) return;
    const account = { id, name, email, emailVerified };
    const { headers } = ctx;
    await newSignIns.mailUnlessKnown(account, describeSignIn(headers), { at: event.at, headers });
  }

  async function mailPreviousAddress(ctx: Context) {
    const before = previousAccounts.get(ctx.context);
    if (before !== undefined) {
      const newEmail = String(ctx.body?.data?.email).toLowerCase();
      if (before.email === newEmail) return;
      send("emailChanged", render(before.email, templates.emailChanged({ ...before, newEmail })));
      return;
    }
    const changed = readChangedAddress(ctx);
    if (changed === undefined) return;
    const account = await ctx.context.internalAdapter.findUserById(changed.userId);
    if (account === null) return;
    // The address that is left was confirmed before it could be changed.
    const left = { name: account.name, emailVerified: true, newEmail: changed.to };
    send("emailChanged", render(changed.from, templates.emailChanged(left)));
  }

  const needsPreviousAddress = (route: Parameters<Routes["of"]>[0]) => {
    const event = routes.of(route)?.audit?.success;
    if (typeof event !== "string") return false;
    const decision = noticesOf[event];
    return "none" in decision ? false : decision.some(({ to }) => to === "previous-address");
  };

  return {
    id: "nno-notices",
    phase: "notify",
    hooks: {
      before: [
        {
          // Only before the route runs is the address known that an admin replaces.
          matcher: needsPreviousAddress,
          handler: createAuthMiddleware(async (ctx) => {
            const email: unknown = ctx.body?.data?.email;
            if (typeof email !== "string") return;
            const before = await ctx.context.internalAdapter.findUserById(String(ctx.body.userId));
            if (before !== null) previousAccounts.set(ctx.context, before);
          }),
        },
      ],
      after: [
        {
          matcher: () => eventsOfRequest.get() !== undefined,
          handler: createAuthMiddleware(async (ctx) => {
            const { returned } = ctx.context;
            // A write that was tried twice has recorded its event twice. The first may be the one that stands.
            const recorded = eventsOfRequest.get()?.toReversed() ?? [];
            const events = new Map(recorded.map((event) => [event.event, event]));
            eventsOfRequest.clear();
            if (isAPIError(returned) && returned.statusCode >= 400) return;
            const names: ReadonlySet<AuditEventName> = new Set(events.keys());
            for (const event of events.values()) {
              const decision = noticesOf[event.event];
              if ("none" in decision) continue;
              for (const notice of decision) {
                if (notice.when?.(event, names) === false) continue;
                if (notice.to === "previous-address") await mailPreviousAddress(ctx);
                else background(mailOwner(ctx, notice, event));
              }
            }
          }),
        },
      ],
    },
    endpoints: newSignIns.endpoints,
  } satisfies PhasedPlugin;
}

/** Hands the account from the before hook of a request to its after hook. */
const previousAccounts = new WeakMap<object, Account>();
