/**
 * Answers that would tell whether an address has an account (OWASP ASVS 5.0 section 6.3.8), where Better Auth's differ:
 *
 * - Whoever signs up with somebody's address knows the password of the account that this made, if it made one. "Not
 *   verified" at the sign-in that follows would say that it did: the answer is that of a wrong password, and counted like
 *   one. The mail goes out again, so that whoever reads the address's mail gets on: proof.ts.
 * - A change of address is confirmed by mail to the old one, whether or not the new one is taken.
 */
import {
  APIError,
  createAuthMiddleware,
  createEmailVerificationToken,
  isAPIError,
  signInEmail,
} from "better-auth/api";
import { BASE_ERROR_CODES } from "@better-auth/core/error";
import * as z from "zod";
import type { PhasedPlugin } from "../plugin-order.ts";
import type { Database } from "../../db/database.ts";
import type { Routes } from "../routes/register.ts";
import { confirmingSignIn } from "./proof.ts";

export interface ChangeOfEmail {
  user: { name: string; email: string };
  newEmail: string;
  /** Better Auth's link. */
  url: string;
}

interface Options {
  routes: Routes;
  database: Database;
  verificationSeconds: number;
  sendConfirmation: (change: ChangeOfEmail) => void;
}

export function accountEnumeration({
  routes,
  database,
  verificationSeconds,
  sendConfirmation,
}: Options) {
  return {
    id: "nno-account-enumeration",
    phase: "settle",
    // In place of Better Auth's own, by its name: a hook cannot change the status of a refusal.
    endpoints: {
      signInEmail: withCode(withoutUnverified(confirmingSignIn(signInEmail(), database))),
    },
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
            // An address that is free has had its mail.
            if (taken === null || !user.emailVerified) return;
            const token = await createEmailVerificationToken(
              secret,
              user.email,
              updateTo,
              verificationSeconds,
              { requestType: "change-email-confirmation", userId: user.id },
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

/** The route takes a code, too; throttle/ reads it, and Better Auth does not. */
function withCode<Endpoint extends { options: { body: z.ZodObject } }>(
  endpoint: Endpoint,
): Endpoint {
  const code = z.string().optional().meta({
    description:
      "A code of the account's second factor. Needed where strangers have used up the tries of the account: whoever sends a right one has tries of their own. The challenge that follows asks for a code all the same.",
  });
  const { options } = endpoint;
  return Object.assign(endpoint, { options: { ...options, body: options.body.extend({ code }) } });
}

function withoutUnverified<Endpoint extends (context: never) => Promise<unknown>>(
  endpoint: Endpoint,
): Endpoint {
  const run = async (context: never) => {
    try {
      return await endpoint(context);
    } catch (error) {
      if (!isAPIError(error) || error.body?.code !== "EMAIL_NOT_VERIFIED") throw error;
      throw APIError.from("UNAUTHORIZED", BASE_ERROR_CODES.INVALID_EMAIL_OR_PASSWORD);
    }
  };
  return Object.assign(run, endpoint);
}
