/** An account that has moved to another address by the link that was mailed there, as a hook behind the route sees it. */
import type { createAuthMiddleware } from "better-auth/api";
import { isAPIError } from "better-auth/api";
import { decodeJwt } from "jose";
import { addressChangeLinks } from "../better-auth/literals.ts";

type Context = Parameters<Parameters<typeof createAuthMiddleware>[0]>[0];

export interface ChangedAddress {
  userId: string;
  from: string;
  to: string;
}

/** The move that a request to `/verify-email` made; undefined when the link was refused or is for something else. */
export function readChangedAddress(ctx: Context): ChangedAddress | undefined {
  const { returned } = ctx.context;
  // Better Auth verified the token, unless it answered an error or redirected to an error page.
  if (isAPIError(returned)) {
    const location = new Headers(returned.headers).get("location");
    if (returned.statusCode >= 400 || /[?&]error=/.test(location ?? "")) return undefined;
  }
  const { email, updateTo, requestType, userId } = decodeJwt<Record<string, unknown>>(
    String(ctx.query?.["token"]),
  );
  if (requestType !== addressChangeLinks.verification || typeof updateTo !== "string") {
    return undefined;
  }
  return { userId: String(userId), from: String(email), to: updateTo };
}
