/**
 * A change of address must not tell whether the new address has an account (OWASP ASVS 5.0 section 6.3.8): it is confirmed
 * by mail to the old address, whether or not the new one is taken. Better Auth mails only when it is free. The sign-in of an
 * unconfirmed address, which would tell the same, is in `better-auth/sign-in-email.ts`.
 */
import { createAuthMiddleware, createEmailVerificationToken, isAPIError } from "better-auth/api";
import type { PhasedPlugin } from "../plugin-order.ts";
import type { Routes } from "../routes/register.ts";
import { addressChangeLinks } from "../better-auth/literals.ts";

export interface ChangeOfEmail {
  user: { name: string; email: string; emailVerified: boolean };
  newEmail: string;
  /** Better Auth's link. */
  url: string;
}

interface Options {
  routes: Routes;
  verificationSeconds: number;
  sendConfirmation: (change: ChangeOfEmail) => void;
}

export function accountEnumeration({ routes, verificationSeconds, sendConfirmation }: Options) {
  return {
    id: "nno-account-enumeration",
    phase: "settle",
    hooks: {
      after: [
        {
          matcher: (context) => routes.of(context)?.address === "change",
          handler: createAuthMiddleware(async (ctx) => {
            const { returned, session, secret, baseURL, internalAdapter } = ctx.context;
            const user = session?.user;
            if (isAPIError(returned) || user === undefined) return;
            const { newEmail, callbackURL = "/" } = ctx.body as Record<string, string>;
            const updateTo = String(newEmail).toLowerCase();
            const taken = await internalAdapter.findUserByEmail(updateTo);
            // For an address that is free, Better Auth has sent the mail.
            if (taken === null || !user.emailVerified) return;
            const token = await createEmailVerificationToken(
              secret,
              user.email,
              updateTo,
              verificationSeconds,
              { requestType: addressChangeLinks.confirmation, userId: user.id },
            );
            const url = new URL(`${baseURL}/verify-email`);
            url.searchParams.set("token", token);
            url.searchParams.set("callbackURL", callbackURL);
            sendConfirmation({ user, newEmail: updateTo, url: url.href });
          }),
        },
      ],
    },
  } satisfies PhasedPlugin;
}
