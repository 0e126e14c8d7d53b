/**
 * Sends the mails of accounts and tenants. This file decides where their links lead, how long they are worth sending,
 * and how many of those that a stranger can trigger are sent. No answer waits for a mail.
 */
import { eq } from "drizzle-orm";
import type { Database } from "../../db/database.ts";
import { user as userTable } from "../../db/schema.ts";
import { render, templates, type Addressee } from "../../email/templates.ts";
import type { EmailMessage } from "../../email/transports.ts";
import { openAddressChange } from "../email-address/change-links.ts";
import type { ChangeOfEmail } from "../email-address/account-enumeration.ts";
import type { InvitationNotice } from "../platform/tenant-invitations.ts";
import { invitationMail } from "../tenants/invitation-budget.ts";
import { mailTo, noticeTo, type MailKind } from "../throttle/mail-and-start-limits.ts";
import type { Tries } from "../throttle/tries.ts";
import { consolePages } from "./console-pages.ts";
import type { NoticeMail } from "./notice-table.ts";

const hourSeconds = 60 * 60;
const daySeconds = 24 * hourSeconds;
export const resetSeconds = hourSeconds;
export const verificationSeconds = daySeconds;
export const invitationSeconds = 7 * daySeconds;
export const noticeSeconds = 3 * daySeconds;

/** Sends a message in the background if `mayBeSent` allows it. It never throws, and no answer waits for it. */
export type SendEmail = (
  message: EmailMessage,
  worthSeconds: number,
  mayBeSent?: () => Promise<boolean>,
) => void;

interface Options {
  consoleUrl: string;
  database: Database;
  tries: Tries;
  sendEmail: SendEmail;
}

/** The account whose owner receives a mail. */
interface Account extends Addressee {
  email: string;
}

/** A mail with a link. `from` holds the headers of the request, which needs no session. */
interface Linked {
  user: Account;
  url: string;
  from: Headers | undefined;
}

export function createMails({ consoleUrl, database, tries, sendEmail }: Options) {
  const sendOnRequest = (
    kind: MailKind,
    message: EmailMessage,
    worthSeconds: number,
    from?: Headers,
    prepare: () => Promise<void> = async () => {},
  ) => {
    const counted = async () => tries.take(mailTo(kind, message.to, from), Date.now());
    sendEmail(message, worthSeconds, async () => {
      await prepare();
      return (await counted()) === undefined;
    });
  };
  const sendNotice = (kind: NoticeMail, message: EmailMessage) =>
    sendEmail(message, noticeSeconds, async () => {
      const waitSeconds = await tries.take(noticeTo(kind, message.to), Date.now());
      return waitSeconds === undefined;
    });
  return {
    sendNotice,
    /** Sends the mail of an invitation that was counted in this request. */
    sendInvitation: (notice: InvitationNotice) => {
      const mail = invitationMail.get();
      if (mail?.isSent !== true) return;
      const url = new URL(consolePages.acceptInvitation, consoleUrl);
      url.searchParams.set("id", notice.id);
      const { toConfirmedAddress } = mail;
      const text = templates.invitation({ ...notice, url: url.href, toConfirmedAddress });
      sendEmail(render(notice.email, text), invitationSeconds);
    },
    sendChangeConfirmation: ({ user, newEmail, url }: ChangeOfEmail) => {
      const page = verificationPage(url, consoleUrl);
      const message = render(user.email, templates.changeEmail({ ...user, newEmail, url: page }));
      const token = new URL(url).searchParams.get("token") ?? "";
      // The change is opened before its mail is sent, and also for an address that is taken, to do the same work for
      // both.
      sendOnRequest("change", message, verificationSeconds, undefined, async () =>
        openAddressChange(database, token, 2 * verificationSeconds),
      );
    },
    /** For a sign-up, or a sign-in at a provider, with the address of an existing account. */
    sendExistingUserNotice: (user: Account, from: Headers | undefined) => {
      const message = render(user.email, templates.signUpOfExistingUser({ ...user, consoleUrl }));
      sendOnRequest("notice", message, noticeSeconds, from);
    },
    sendResetPassword: ({ user, url, token, from }: Linked & { token: string }) => {
      const target = new URL(url);
      // A caller that names no page of its own gets the console's.
      if (!target.searchParams.get("callbackURL")) {
        target.href = new URL(consolePages.resetPassword, consoleUrl).href;
        target.searchParams.set("token", token);
      }
      const message = render(user.email, templates.resetPassword({ ...user, url: target.href }));
      sendOnRequest("reset", message, resetSeconds, from);
    },
    sendVerification: async ({ user, url, from }: Linked & { user: { id: string } }) => {
      const { id, email } = user;
      // The new address of an account may belong to another account by now, although the change was confirmed.
      const owner = await database.query.user.findFirst({
        columns: { id: true, name: true, emailVerified: true },
        where: eq(userTable.email, email),
      });
      const isTaken = owner !== undefined && owner.id !== id;
      const template = isTaken
        ? templates.addressOfExistingUser({ ...owner, consoleUrl })
        : templates.verifyEmail({ url: verificationPage(url, consoleUrl) });
      const kind = isTaken ? "notice" : "verification";
      sendOnRequest(kind, render(email, template), verificationSeconds, from);
    },
  };
}

/**
 * The target of a mailed verification link: the console's page, which calls the route and shows the outcome. A caller
 * that named a page on another origin gets Better Auth's link, which redirects there.
 */
function verificationPage(url: string, consoleUrl: string): string {
  const { searchParams } = new URL(url);
  const target = new URL(searchParams.get("callbackURL") ?? "/", consoleUrl);
  if (target.origin !== new URL(consoleUrl).origin) return url;
  const next = target.pathname + target.search + target.hash;
  const page = new URL(consolePages.verifyEmail, consoleUrl);
  page.searchParams.set("token", searchParams.get("token") ?? "");
  if (next !== "/") page.searchParams.set("callbackURL", next);
  return page.href;
}
