/**
 * Gives each sign-in at a provider a cookie of its own. Better Auth keeps the state of a sign-in in a cookie of one name, so
 * that a second tab which begins one overwrites the first. In the browser the cookie's name also has the time and the first
 * characters of the state; Better Auth sees the one that the request's state names, under its own name. What a cookie may
 * finish does not depend on its name: Better Auth compares the state that is encrypted in it.
 */
import type { MiddlewareHandler } from "hono";
import { authError } from "../http/problem.ts";
import { readCookies, withCookies } from "./request.ts";

const cookiesLimit = 4;
const cookiesLimitBytes = 8 * 1024;
/** Browsers ignore a cookie whose name and value are longer (RFC 6265bis section 5.6). */
const cookieLimitBytes = 4096;
const statePattern = /^[A-Za-z0-9_-]{16,128}$/;

/** @param name Better Auth's name of the cookie. */
export function oauthStateCookies(name: string): MiddlewareHandler {
  const prefix = `${name}.`;
  /** `<name>.<milliseconds, base 36>.<start of the state>` */
  const nameFor = (state: string) => `${prefix}${Date.now().toString(36)}.${startOf(state)}`;

  return async (context, next) => {
    const cookies = readCookies(context.req.header("cookie") ?? "");
    const own = cookies.filter((cookie) => cookie.name.startsWith(prefix));
    const asked = new URL(context.req.url).searchParams.get("state") ?? "";
    const used = statePattern.test(asked)
      ? own.findLast((cookie) => cookie.name.endsWith(`.${startOf(asked)}`))
      : undefined;
    if (used !== undefined) {
      const others = cookies.filter((cookie) => cookie.name !== name && !own.includes(cookie));
      context.req.raw = withCookies(context.req.raw, [...others, { name, value: used.value }]);
    }
    /** A callback ends its own sign-in. A sign-out ends all, and the check of a session that is over ends none. */
    const endedBy = (method: string) =>
      used !== undefined ? [used] : method === "GET" ? [{ name }] : [{ name }, ...own];
    await next();

    const lines = context.res.headers.getSetCookie();
    if (!lines.some((line) => line.startsWith(`${name}=`))) return;
    const state = await readState(context.res.clone());
    const changed = lines.flatMap((line) => {
      if (!line.startsWith(`${name}=`)) return [line];
      const rest = line.slice(name.length);
      if (isExpiry(line)) return endedBy(context.req.method).map((cookie) => cookie.name + rest);
      if (state === undefined) return [line];
      const kept = own.filter((cookie) => cookie !== used);
      const begun = nameFor(state) + rest;
      const attributes = rest.replace(/^=[^;]*/, "=").replace(/;\s*max-age=[^;]*/i, "");
      const dropped = tooMany(kept, sizeOf(begun));
      return [begun, ...dropped.map((old) => `${old.name}${attributes}; Max-Age=0`)];
    });
    if (changed.some((line) => sizeOf(line) > cookieLimitBytes)) {
      context.res = undefined;
      context.res = authError({
        status: 400,
        code: "TOO_LONG",
        detail: "The pages that this sign-in leads to are too long. Use shorter ones.",
      });
      return;
    }
    const headers = new Headers(context.res.headers);
    headers.delete("Set-Cookie");
    for (const line of changed) headers.append("Set-Cookie", line);
    const { body, status } = context.res;
    context.res = undefined;
    context.res = new Response(body, { status, headers });
  };
}

const startOf = (state: string) => state.slice(0, 16);
const isExpiry = (line: string) => /;\s*max-age=0(?=;|$)/i.test(line);
/** The bytes of a cookie's name and value. */
const sizeOf = (line: string) => line.split(";", 1)[0]?.length ?? 0;

/** The oldest cookies that go, so that the others and a new one stay within the limits. */
function tooMany(cookies: readonly { name: string; value: string }[], newBytes: number) {
  const newestFirst = cookies.toSorted((a, b) => timeOf(b.name) - timeOf(a.name));
  let bytes = newBytes;
  let count = 1;
  return newestFirst.filter(({ name, value }) => {
    bytes += name.length + value.length + 1;
    count += 1;
    return count > cookiesLimit || bytes > cookiesLimitBytes;
  });
}

const timeOf = (name: string) => Number.parseInt(name.split(".").at(-2) ?? "", 36) || 0;

/** The state that an answer sends to a provider: by a redirect, or by the address that a page is to go to. */
async function readState(answer: Response): Promise<string | undefined> {
  const address = answer.headers.get("Location") ?? readAddress(await answer.text());
  const state = address === undefined ? undefined : URL.parse(address)?.searchParams.get("state");
  return typeof state === "string" && statePattern.test(state) ? state : undefined;
}

function readAddress(body: string): string | undefined {
  try {
    const { url } = (JSON.parse(body) ?? {}) as { url?: unknown };
    return typeof url === "string" ? url : undefined;
  } catch {
    return undefined;
  }
}
