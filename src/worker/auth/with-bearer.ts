/** Who is there, for hooks that run before a route. */
import { createHMAC } from "@better-auth/utils/hmac";
import type { createAuthMiddleware } from "better-auth/api";

type MiddlewareContext = Parameters<Parameters<typeof createAuthMiddleware>[0]>[0];

/**
 * A request as its route will see it. Better Auth makes a cookie of a bearer token only after all hooks of this kind have
 * run: a policy that asks for the session of the context as it is lets everybody pass who sends no cookie. A token that is
 * not signed here changes nothing, since the route will then go by the cookie.
 */
export async function withBearer(ctx: MiddlewareContext): Promise<MiddlewareContext> {
  const given = /^bearer\s+(\S+)/i.exec(ctx.headers?.get("authorization") ?? "")?.[1];
  if (given === undefined) return ctx;
  const signed = decode(given);
  const end = signed.lastIndexOf(".");
  if (!(await isSigned(signed.slice(0, end), signed.slice(end + 1), ctx.context.secret)))
    return ctx;
  const headers = new Headers(ctx.headers);
  const { name } = ctx.context.authCookies.sessionToken;
  headers.set("cookie", `${name}=${encodeURIComponent(signed)}`);
  return { ...ctx, headers };
}

async function isSigned(token: string, signature: string, secret: string): Promise<boolean> {
  try {
    return await createHMAC("SHA-256", "base64").verify(secret, token, signature);
  } catch {
    return false;
  }
}

function decode(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
