/**
 * The address and the name of a user, whatever brought them. Forms are checked before (`input/`); a provider's profile and
 * what an owner's plugin makes of a user are checked here, as the row is written. A provider's sign-in is sent back with the
 * code, so that the person can correct the profile there.
 */
import type { BetterAuthOptions } from "better-auth";
import { APIError } from "better-auth/api";
import { isEmailAddress } from "../../input/email-address.ts";
import { nameLimitCharacters } from "../../input/input.ts";
import type { Routes } from "../routes/register.ts";

type Hooks = NonNullable<NonNullable<BetterAuthOptions["databaseHooks"]>["user"]>;

export function storedFieldHooks(routes: Routes) {
  const check: NonNullable<NonNullable<Hooks["update"]>["before"]> = async (
    { email, name },
    context,
  ) => {
    if (email !== undefined && !isEmailAddress(email)) {
      throw new APIError("BAD_REQUEST", {
        code: "INVALID_EMAIL",
        message: "The email address is not one that mail can be sent to. Correct it.",
      });
    }
    // Better Auth's plugins for links and codes make users who have no name yet.
    const isProviders = context != null && routes.of(context)?.provider !== undefined;
    const isMissing = isProviders && name?.trim() === "";
    // `mail/stored-names.ts` takes links out of a name, and does not refuse it.
    if (isMissing || (name !== undefined && name.length > nameLimitCharacters)) {
      throw new APIError("BAD_REQUEST", {
        code: "INVALID_NAME",
        message: `A name has 1 to ${nameLimitCharacters} characters. Change it.`,
      });
    }
  };
  return { create: { before: check }, update: { before: check } } satisfies Hooks;
}
