/**
 * Mail that tells an account's owner what happened to it: a changed password, address or second factor. It goes to the
 * address that the account had before, in the background, so that a thief cannot keep it from being sent.
 */
import type { BetterAuthPlugin } from "better-auth";
import { createAuthMiddleware, isAPIError } from "better-auth/api";
import { render, templates } from "../../email/templates.ts";
import type { EmailMessage } from "../../email/transports.ts";
import { readChangedAddress } from "../email-address/completed-change.ts";

const noticePaths = new Set([
  "/change-password",
  "/two-factor/verify-totp",
  "/two-factor/disable",
  "/two-factor/generate-backup-codes",
  "/two-factor/verify-backup-code",
  "/verify-email",
  "/admin/set-user-password",
  "/admin/update-user",
]);

/** What a hook may use of an account. */
interface Account {
  name: string;
  email: string;
}

export function notices({ send }: { send: (message: EmailMessage) => void }) {
  return {
    id: "nno-notices",
    hooks: {
      before: [
        {
          // The address that an admin replaces is known only before.
          matcher: ({ path }) => path === "/admin/update-user",
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
          matcher: ({ path }) => noticePaths.has(path ?? ""),
          handler: createAuthMiddleware(async (ctx) => {
            const { returned, session, newSession } = ctx.context;
            if (isAPIError(returned) && returned.statusCode >= 400) return;
            const account: Account | undefined = session?.user;
            switch (ctx.path) {
              case "/change-password":
                if (account) send(render(account.email, templates.passwordChanged(account)));
                return;
              case "/two-factor/disable":
                if (account) send(render(account.email, templates.twoFactorDisabled(account)));
                return;
              case "/two-factor/generate-backup-codes":
                if (account) send(render(account.email, templates.backupCodesReplaced(account)));
                return;
              case "/two-factor/verify-backup-code": {
                const user: Account | undefined = newSession?.user ?? account;
                if (user) send(render(user.email, templates.backupCodeUsed(user)));
                return;
              }
              case "/two-factor/verify-totp":
                if (account && newSession && session?.user["twoFactorEnabled"] !== true) {
                  send(render(account.email, templates.twoFactorEnabled(account)));
                }
                return;
              case "/admin/set-user-password": {
                const subject = await ctx.context.internalAdapter.findUserById(
                  String(ctx.body.userId),
                );
                if (subject !== null)
                  send(render(subject.email, templates.passwordChanged(subject)));
                return;
              }
              case "/admin/update-user": {
                const before = previousAccounts.get(ctx.context);
                const newEmail = String(ctx.body.data?.email).toLowerCase();
                if (before && before.email !== newEmail) {
                  send(
                    render(before.email, templates.emailChanged({ name: before.name, newEmail })),
                  );
                }
                return;
              }
              case "/verify-email": {
                const changed = readChangedAddress(ctx);
                if (changed === undefined) return;
                const user = await ctx.context.internalAdapter.findUserById(changed.userId);
                if (user === null) return;
                const { name } = user;
                send(render(changed.from, templates.emailChanged({ name, newEmail: changed.to })));
                return;
              }
            }
          }),
        },
      ],
    },
  } satisfies BetterAuthPlugin;
}

/** From the before hook of a request to its after hook. */
const previousAccounts = new WeakMap<object, Account>();
