/**
 * How many invitations are mailed: by one account, by one tenant, and to one mailbox. A tenant invites people who asked for
 * nothing, in the platform's name, so an account must be no relay to strangers; and a mailbox that has had enough of some
 * senders must still get the invitation of another, or at least its sender must hear that it did not.
 */
import { and, eq } from "drizzle-orm";
import { APIError, createAuthMiddleware, isAPIError } from "better-auth/api";
import type { Database } from "../../db/database.ts";
import { user } from "../../db/schema.ts";
import { requestState } from "../../request-scope.ts";
import type { PhasedPlugin } from "../plugin-order.ts";
import type { Routes } from "../routes/register.ts";
import { mailboxOf } from "../throttle/mail-and-start-limits.ts";
import type { Allowance, Tries } from "../throttle/tries.ts";

const hourSeconds = 60 * 60;
const daySeconds = 24 * hourSeconds;
/** Every tenant of an account's, together. */
const invitationsOfAccount = { tries: 50, seconds: daySeconds };
const invitationsOfTenant = { tries: 100, seconds: daySeconds };
/** To one mailbox, from everybody: enough that three senders who use up their shares silence nobody else. */
const invitationsToMailbox = { tries: 12, seconds: hourSeconds };
/** Of those, by one inviting account and by one tenant. */
const shareOfSender = { tries: 3, seconds: hourSeconds };

interface InvitationSender {
  inviterId: string;
  tenantId: string;
  /** The address that is invited. */
  email: string;
}

interface InvitationMail {
  /** False when the mailbox has got enough mail of this kind; the inviter is told. */
  isSent: boolean;
  /** Whether somebody here has proven that the address is theirs. */
  toConfirmedAddress: boolean;
}

/** What becomes of the mail of the invitation that this request makes or sends again. */
export const invitationMail = requestState<InvitationMail>();

export type CountInvitation = (sender: InvitationSender) => Promise<void>;

/** @returns a function that counts an invitation before its mail is sent, and throws 429 when a budget is used up. */
export function countInvitations(
  tries: Tries,
  database: Database,
  now: () => number = Date.now,
): CountInvitation {
  return async ({ inviterId, tenantId, email }) => {
    const mailbox = mailboxOf(email);
    const allowances: Allowance[] = [
      { key: `invites-of-account:${inviterId}`, ...invitationsOfAccount, isCost: true },
      { key: `invites-of-tenant:${tenantId}`, ...invitationsOfTenant, isCost: true },
      { key: `invites-to:${mailbox}`, ...invitationsToMailbox },
      { key: `invites-to-by:${inviterId}:${mailbox}`, ...shareOfSender },
      { key: `invites-to-of:${tenantId}:${mailbox}`, ...shareOfSender },
    ];
    const confirmed = database
      .select({ id: user.id })
      .from(user)
      .where(and(eq(user.email, email.toLowerCase()), eq(user.emailVerified, true)));
    const { waitSeconds, isCostSpent, found } = await tries.takeAndAsk(
      confirmed,
      allowances,
      now(),
    );
    if (waitSeconds !== undefined && isCostSpent) {
      throw new APIError(
        "TOO_MANY_REQUESTS",
        {
          code: "TOO_MANY_INVITATIONS",
          message: `Too many invitations were sent today. Try again in ${waitSeconds} seconds.`,
        },
        { "Retry-After": String(waitSeconds) },
      );
    }
    invitationMail.set({
      isSent: waitSeconds === undefined,
      toConfirmedAddress: found.length > 0,
    });
  };
}

/** Adds `mailSent` to the answer of a request that has invited somebody. */
export function invitationAnswers({ routes }: { routes: Routes }) {
  return {
    id: "nno-invitation-answers",
    phase: "notify",
    hooks: {
      after: [
        {
          matcher: (context) => routes.of(context)?.mail !== undefined,
          handler: createAuthMiddleware(async (ctx) => {
            const mail = invitationMail.get();
            const { returned } = ctx.context;
            if (mail === undefined || isAPIError(returned)) return undefined;
            return ctx.json({ ...(returned as object), mailSent: mail.isSent });
          }),
        },
      ],
    },
  } satisfies PhasedPlugin;
}
