/**
 * What the mails say. A template is written once, as paragraphs and one link; `render` makes the plain text and the
 * HTML of it, so that the two never differ. Whatever came from a user is escaped here.
 */
import type { EmailMessage } from "./transports.ts";

interface Template {
  subject: string;
  paragraphs: string[];
  action?: { label: string; url: string };
  /** Why the reader got this mail and what to do if they did not ask for it. */
  reason: string;
}

const notYou =
  "If this was not you, reset your password at once and look at the sessions of your account.";

export const templates = {
  verifyEmail: (data: { name: string; url: string }): Template => ({
    subject: "Confirm your email address",
    paragraphs: [`Hello ${data.name},`, "Please confirm that this address is yours."],
    action: { label: "Confirm address", url: data.url },
    reason:
      "You get this mail because somebody gave this address as that of their account. If it was not you, ignore it and do not confirm it: without you nothing comes of it.",
  }),
  signUpOfExistingUser: (data: { name: string; consoleUrl: string }): Template => ({
    subject: "You have an account already",
    paragraphs: [
      `Hello ${data.name},`,
      "Somebody, probably you, tried to sign up with this address, which has an account already. Sign in instead, or reset the password if you forgot it.",
    ],
    action: { label: "Sign in", url: data.consoleUrl },
    reason: "If it was not you, ignore this mail: nothing has changed.",
  }),
  addressOfExistingUser: (data: { name: string; consoleUrl: string }): Template => ({
    subject: "You have an account already",
    paragraphs: [
      `Hello ${data.name},`,
      "Somebody, probably you, tried to move another account to this address, which has an account of its own. Sign in to that one instead, or delete it first.",
    ],
    action: { label: "Sign in", url: data.consoleUrl },
    reason: "If it was not you, ignore this mail: nothing has changed.",
  }),
  resetPassword: (data: { name: string; url: string }): Template => ({
    subject: "Reset your password",
    paragraphs: [
      `Hello ${data.name},`,
      "Choose a new password. The link works once, for one hour.",
    ],
    action: { label: "Choose a new password", url: data.url },
    reason:
      "You get this mail because a reset was asked for. If it was not you, ignore it: your password stays.",
  }),
  changeEmail: (data: { name: string; newEmail: string; url: string }): Template => ({
    subject: "Confirm your new email address",
    paragraphs: [
      `Hello ${data.name},`,
      `Your account is to move to ${data.newEmail}. Confirm it here; the new address is asked to confirm next.`,
    ],
    action: { label: "Confirm the change", url: data.url },
    reason: notYou,
  }),
  invitation: (data: { inviter: string; tenant: string; role: string; url: string }): Template => ({
    subject: `Invitation to ${data.tenant}`,
    paragraphs: [`${data.inviter} invites you to ${data.tenant} as ${data.role}.`],
    action: { label: "See the invitation", url: data.url },
    reason: "If you did not expect this invitation, ignore it.",
  }),
  passwordChanged: (data: { name: string }): Template => ({
    subject: "Your password was changed",
    paragraphs: [`Hello ${data.name},`, "The password of your account has just been changed."],
    reason: notYou,
  }),
  emailChanged: (data: { name: string; newEmail: string }): Template => ({
    subject: "Your email address was changed",
    paragraphs: [
      `Hello ${data.name},`,
      `Your account now belongs to ${data.newEmail}. This address no longer signs in.`,
    ],
    reason: "If this was not you, ask an administrator of the platform for help at once.",
  }),
  twoFactorEnabled: (data: { name: string }): Template => ({
    subject: "Two-factor authentication is on",
    paragraphs: [
      `Hello ${data.name},`,
      "Signing in to your account now asks for a code of your authenticator.",
    ],
    reason: notYou,
  }),
  backupCodesReplaced: (data: { name: string }): Template => ({
    subject: "Your backup codes were replaced",
    paragraphs: [
      `Hello ${data.name},`,
      "New backup codes were made for your account. The old ones no longer work.",
    ],
    reason: notYou,
  }),
  backupCodeUsed: (data: { name: string }): Template => ({
    subject: "A backup code was used",
    paragraphs: [
      `Hello ${data.name},`,
      "One of your backup codes was used in place of a code of your authenticator. It does not work again.",
    ],
    reason: notYou,
  }),
  twoFactorDisabled: (data: { name: string }): Template => ({
    subject: "Two-factor authentication is off",
    paragraphs: [
      `Hello ${data.name},`,
      "Signing in to your account no longer asks for a code of your authenticator.",
    ],
    reason: notYou,
  }),
};

/** One message from one template, as plain text and as HTML. */
export function render(to: string, template: Template): EmailMessage {
  const { subject, paragraphs, action, reason } = template;
  const text = [...paragraphs, ...(action ? [`${action.label}: ${action.url}`] : []), reason];
  const html = [
    ...paragraphs.map((paragraph) => `<p>${escape(paragraph)}</p>`),
    ...(action
      ? [
          `<p><a href="${escape(action.url)}" style="display:inline-block;padding:10px 18px;border-radius:6px;background:#1d4ed8;color:#ffffff;text-decoration:none">${escape(action.label)}</a></p>`,
          `<p style="color:#57606a;font-size:13px">Or open this address:<br>${escape(action.url)}</p>`,
        ]
      : []),
    `<p style="color:#57606a;font-size:13px">${escape(reason)}</p>`,
  ];
  return {
    to,
    // A line break in a name must not start a header of its own.
    subject: subject.replace(/\s+/g, " "),
    text: `${text.join("\n\n")}\n`,
    html: `<!doctype html><html lang="en"><meta charset="utf-8"><body style="font-family:system-ui,sans-serif;font-size:16px;line-height:1.5;max-width:560px;margin:24px auto;padding:0 16px">${html.join("")}</body></html>`,
  };
}

function escape(value: string): string {
  return value
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
