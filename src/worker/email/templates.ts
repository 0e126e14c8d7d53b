/**
 * The texts of the mails. A template consists of paragraphs and at most one link. `render` produces both plain text and
 * HTML from it, so that the two never differ, and escapes everything that came from a user. No mail repeats a name to an
 * address that is not confirmed: a stranger may have typed in both.
 */
import { harmless } from "./user-text.ts";
import type { EmailMessage } from "./transports.ts";

interface Template {
  subject: string;
  paragraphs: string[];
  action?: { label: string; url: string };
  /** Tells the reader why they got this mail, and what to do if they did not ask for it. */
  reason: string;
}

/** Who a mail is for. */
export interface Addressee {
  name: string;
  /** Whether the person has proven that the address of the mail is theirs. */
  emailVerified: boolean;
}

interface Invitation {
  inviter: string;
  tenant: string;
  role: string;
  url: string;
  /** Whether somebody here has proven that the address is theirs. */
  toConfirmedAddress: boolean;
}

const hello = ({ name, emailVerified }: Addressee): string => {
  const shown = emailVerified ? harmless(name) : "";
  return shown === "" ? "Hello," : `Hello ${shown},`;
};

const notYou =
  "If this was not you, reset your password immediately and review your account's sessions.";

export const templates = {
  verifyEmail: (data: { url: string }): Template => ({
    subject: "Confirm your email address",
    paragraphs: ["Hello,", "Please confirm that this is your email address."],
    action: { label: "Confirm address", url: data.url },
    reason:
      "You are receiving this email because somebody used this address for an account. If it was not you, ignore this email: without your confirmation, nothing happens.",
  }),
  signUpOfExistingUser: (data: Addressee & { consoleUrl: string }): Template => ({
    subject: "You already have an account",
    paragraphs: [
      hello(data),
      "Somebody, probably you, tried to sign up with this address, but it already has an account. Sign in instead, or reset your password if you forgot it.",
    ],
    action: { label: "Sign in", url: data.consoleUrl },
    reason: "If it was not you, ignore this email: nothing has changed.",
  }),
  addressOfExistingUser: (data: Addressee & { consoleUrl: string }): Template => ({
    subject: "You already have an account",
    paragraphs: [
      hello(data),
      "Somebody, probably you, tried to change another account's address to this one, but it already has an account. Sign in to that account instead, or delete it first.",
    ],
    action: { label: "Sign in", url: data.consoleUrl },
    reason: "If it was not you, ignore this email: nothing has changed.",
  }),
  resetPassword: (data: Addressee & { url: string }): Template => ({
    subject: "Reset your password",
    paragraphs: [
      hello(data),
      "Choose a new password. The link works once and expires after one hour.",
    ],
    action: { label: "Choose a new password", url: data.url },
    reason:
      "You are receiving this email because a password reset was requested. If it was not you, ignore this email: your password stays the same.",
  }),
  changeEmail: (data: Addressee & { newEmail: string; url: string }): Template => ({
    subject: "Confirm your new email address",
    paragraphs: [
      hello(data),
      `You asked to change your account's address to ${data.newEmail}. Confirm the change here. After that, we will ask the new address to confirm it too.`,
    ],
    action: { label: "Confirm the change", url: data.url },
    reason: notYou,
  }),
  invitation: (data: Invitation): Template => {
    const named = data.toConfirmedAddress ? harmless(data.tenant) : "";
    const inviter = named === "" ? "Somebody" : harmless(data.inviter) || "Somebody";
    return {
      subject: named === "" ? "Invitation to join a tenant" : `Invitation to ${named}`,
      paragraphs: [
        named === ""
          ? "Somebody has invited you to join their tenant. Open the invitation to see who it is from."
          : `${inviter} has invited you to join ${named} as ${harmless(data.role)}.`,
      ],
      action: { label: "View the invitation", url: data.url },
      reason: "If you did not expect this invitation, ignore it.",
    };
  },
  passwordChanged: (data: Addressee): Template => ({
    subject: "Your password was changed",
    paragraphs: [hello(data), "The password of your account has just been changed."],
    reason: notYou,
  }),
  emailChanged: (data: Addressee & { newEmail: string }): Template => ({
    subject: "Your email address was changed",
    paragraphs: [
      hello(data),
      `The email address of your account is now ${data.newEmail}. You can no longer sign in with this address.`,
    ],
    reason: "If this was not you, contact an administrator of the platform immediately.",
  }),
  twoFactorEnabled: (data: Addressee): Template => ({
    subject: "Two-factor authentication is on",
    paragraphs: [
      hello(data),
      "Signing in to your account now requires a code from your authenticator app.",
    ],
    reason: notYou,
  }),
  backupCodesReplaced: (data: Addressee): Template => ({
    subject: "Your backup codes were replaced",
    paragraphs: [
      hello(data),
      "New backup codes were generated for your account. The old ones no longer work.",
    ],
    reason: notYou,
  }),
  backupCodeUsed: (data: Addressee): Template => ({
    subject: "A backup code was used",
    paragraphs: [
      hello(data),
      "One of your backup codes was used instead of a code from your authenticator app. It cannot be used again.",
    ],
    reason: notYou,
  }),
  twoFactorDisabled: (data: Addressee): Template => ({
    subject: "Two-factor authentication is off",
    paragraphs: [
      hello(data),
      "Signing in to your account no longer requires a code from your authenticator app.",
    ],
    reason: notYou,
  }),
  accountDeleted: (data: Addressee): Template => ({
    subject: "Your account was deleted",
    paragraphs: [hello(data), "Your account and everything that belonged to it have been deleted."],
    reason: "If this was not you, contact an administrator of the platform.",
  }),
  providerConnected: (data: Addressee & { provider: string }): Template => ({
    subject: "A provider was connected to your account",
    paragraphs: [
      hello(data),
      `An account at ${data.provider} can now be used to sign in to your account.`,
    ],
    reason: `${notYou} Then disconnect the provider.`,
  }),
  providerDisconnected: (data: Addressee & { provider: string }): Template => ({
    subject: "A provider was disconnected from your account",
    paragraphs: [
      hello(data),
      `An account at ${data.provider} can no longer be used to sign in to your account.`,
    ],
    reason: notYou,
  }),
  secretShown: (data: Addressee): Template => ({
    subject: "The key of your authenticator app was shown",
    paragraphs: [
      hello(data),
      "The key from which your authenticator app makes its codes was shown again. Anybody who has seen it can make codes for your account.",
    ],
    reason: `${notYou} Then set up two-factor authentication again.`,
  }),
  platformRoleChanged: (data: Addressee & { isAdmin: boolean }): Template => ({
    subject: data.isAdmin
      ? "You are an administrator of the platform"
      : "You are no administrator of the platform any more",
    paragraphs: [
      hello(data),
      data.isAdmin
        ? "Your account can now manage every user and every tenant of the platform."
        : "Your account can no longer manage the users and tenants of the platform.",
    ],
    reason: "If you did not expect this, contact another administrator of the platform.",
  }),
  impersonated: (data: Addressee): Template => ({
    subject: "An administrator opened your account",
    paragraphs: [
      hello(data),
      "An administrator of the platform is looking at it as you would see it, for at most an hour. They cannot change how you sign in.",
    ],
    reason: "If you did not ask for help, contact an administrator of the platform.",
  }),
  newSignIn: (
    data: Addressee & {
      at: string;
      device: string;
      place: string | undefined;
      address: string | undefined;
      url: string;
    },
  ): Template => ({
    subject: "New sign-in to your account",
    paragraphs: [
      hello(data),
      "Your account was signed in to from a device and a network that are new to it.",
      `Time: ${data.at}`,
      `Place: ${data.place ?? "unknown"}${data.address === undefined ? "" : ` (${data.address})`}`,
      `Device: ${data.device}`,
      "If this was you, there is nothing to do.",
    ],
    action: { label: "If this was not you, end all sessions", url: data.url },
    reason:
      "The link opens a page that ends that session and all others. It works once, within three days. Choose a new password after that.",
  }),
};

/** Renders a template as a message with plain text and HTML. */
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
    subject,
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
