/**
 * Which sign-ins at a provider may connect it to an account that exists. A provider that says it has verified an address
 * would otherwise be a key to every account of the platform. It connects by itself only where the owner has said that it is
 * the authority for the address's domain, and never to a platform admin. Everybody else signs in first, and then connects
 * the provider in the profile.
 */
import type { BetterAuthOptions } from "better-auth";
import { getOAuthState } from "better-auth/api";
import { eq } from "drizzle-orm";
import type { Database } from "../../db/database.ts";
import { user as userTable } from "../../db/schema.ts";
import { callbackErrors } from "../better-auth/literals.ts";
import { platformAdminRole, roleNames } from "../roles.ts";
import type { Routes } from "../routes/register.ts";

type ValidateUserInfo = NonNullable<NonNullable<BetterAuthOptions["user"]>["validateUserInfo"]>;

interface Options {
  routes: Routes;
  database: Database;
  /** The domains for whose addresses each provider is the authority, in lower case. */
  authoritativeFor: ReadonlyMap<string, readonly string[]>;
}

export function refuseImplicitLinks({
  routes,
  database,
  authoritativeFor,
}: Options): ValidateUserInfo {
  return async ({ user, source }, ctx) => {
    if (source.action !== "link-account") return undefined;
    // The user asked for the connection in a session: a route that begins at a provider and is for users.
    const record = routes.of(ctx);
    const isAsked = record?.provider === "begins" && record.who === "user";
    if (isAsked || (await getOAuthState())?.link !== undefined) return undefined;
    const providerId = source.oauth?.providerId ?? source.sso?.providerId ?? "";
    const domain = user.email?.split("@").at(-1)?.toLowerCase() ?? "";
    const isAuthority = authoritativeFor.get(providerId)?.includes(domain) === true;
    if (isAuthority && user.id !== undefined) {
      const row = await database.query.user.findFirst({
        columns: { role: true },
        where: eq(userTable.id, user.id),
      });
      if (row !== undefined && !roleNames(row.role ?? "").includes(platformAdminRole)) {
        return undefined;
      }
    }
    return {
      error: callbackErrors.accountNotLinked,
      errorDescription: "This address has an account. Sign in to it, then connect the provider.",
    };
  };
}
