/**
 * Mails the owner of an account when its password, address or second factor has changed. The mail goes to the address
 * that the account had before, and is sent in the background, so that a thief can neither redirect it nor stop it.
 */
import { createAuthMiddleware, isAPIError } from "better-auth/api";
import type { PhasedPlugin } from "../plugin-order.ts";
import { render, templates } from "../../email/templates.ts";
import type { EmailMessage } from "../../email/transports.ts";
import type { Routes } from "../routes/register.ts";
import { readChangedAddress } from "../email-address/completed-change.ts";

/** The fields of an account that a notice uses. */
interface Account {
  name: string;
  email: string;
}

interface Options {
  routes: Routes;
  send: (message: EmailMessage) => void;
}

export function notices({ routes, send }: Options) {
  return {
    id: "nno-notices",
    phase: "notify",
    hooks: {
      before: [
        {
          // Only before the route runs is the address known that an admin replaces.
          matcher: (context) => routes.of(context)?.notice?.to === "replaced-address",
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
          matcher: (context) => routes.of(context)?.notice !== undefined,
          handler: createAuthMiddleware(async (ctx) => {
            const { returned, session, newSession } = ctx.context;
            if (isAPIError(returned) && returned.statusCode >= 400) return;
            const account: Account | undefined = session?.user;
            const notice = routes.of(ctx)?.notice;
            switch (notice?.to) {
              case undefined:
                return;
              case "own":
                if (account) send(render(account.email, templates[notice.mail](account)));
                return;
              case "signed-in": {
                const user: Account | undefined = newSession?.user ?? account;
                if (user) send(render(user.email, templates[notice.mail](user)));
                return;
              }
              case "enrolled":
                if (account && newSession && session?.user["twoFactorEnabled"] !== true) {
                  send(render(account.email, templates[notice.mail](account)));
                }
                return;
              case "named": {
                const { internalAdapter } = ctx.context;
                const named = await internalAdapter.findUserById(String(ctx.body.userId));
                if (named !== null) send(render(named.email, templates[notice.mail](named)));
                return;
              }
              case "replaced-address": {
                const before = previousAccounts.get(ctx.context);
                const newEmail = String(ctx.body.data?.email).toLowerCase();
                if (before === undefined || before.email === newEmail) return;
                const { name } = before;
                send(render(before.email, templates[notice.mail]({ name, newEmail })));
                return;
              }
              case "left-address": {
                const changed = readChangedAddress(ctx);
                if (changed === undefined) return;
                const user = await ctx.context.internalAdapter.findUserById(changed.userId);
                if (user === null) return;
                const { name } = user;
                send(render(changed.from, templates[notice.mail]({ name, newEmail: changed.to })));
              }
            }
          }),
        },
      ],
    },
  } satisfies PhasedPlugin;
}

/** Hands the account from the before hook of a request to its after hook. */
const previousAccounts = new WeakMap<object, Account>();
