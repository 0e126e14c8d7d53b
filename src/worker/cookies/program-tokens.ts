/**
 * The tokens of programs without cookies. Better Auth's bearer plugin hands out and accepts the value of the session cookie.
 * Every app's server receives that value, so it must not open by itself what a program may do. A program's token therefore
 * has a signature of its own, which this middleware translates to Better Auth's, and back.
 */
import { createHMAC } from "@better-auth/utils/hmac";
import type { MiddlewareHandler } from "hono";
import { readSessionToken, tokenOf } from "./session-token.ts";
import type { Signer } from "./signer.ts";

export const tokenHeader = "set-auth-token";
/** As Better Auth's bearer plugin reads the header. */
const bearerPattern = /^bearer (.*)$/is;
const hmac = createHMAC("SHA-256", "base64");

interface Options {
  /** The current secret, with which Better Auth signs. */
  secret: string;
  signer: Signer;
}

export function programTokens({ secret, signer }: Options): MiddlewareHandler {
  return async (context, next) => {
    const given = readBearer(context.req.header("authorization"));
    if (given !== undefined && isOwn(given.token)) {
      const headers = new Headers(context.req.raw.headers);
      if (await signer.verify(tokenHeader, given.token, given.signature)) {
        const signature = await hmac.sign(secret, given.token);
        headers.set("authorization", `Bearer ${given.token}.${signature}`);
      } else {
        // It may be the value of a session cookie, which is not to be used as a token.
        headers.delete("authorization");
      }
      context.req.raw = new Request(context.req.raw, { headers });
    }
    await next();
    const issued = context.res.headers.get(tokenHeader);
    if (issued === null) return;
    const token = tokenOf(decodeURIComponent(issued));
    if (isOwn(token)) context.res.headers.set(tokenHeader, await programToken(token, signer));
  };
}

/** The token that a program sends as `Authorization: Bearer`. */
export async function programToken(token: string, signer: Signer): Promise<string> {
  return `${token}.${await signer.sign(tokenHeader, token)}`;
}

/** A session of an earlier release keeps the token that its program has. */
function isOwn(token: string): boolean {
  const read = readSessionToken(token);
  return read !== undefined && read.olderBinding === undefined;
}

function readBearer(header: string | undefined) {
  const [, value] = bearerPattern.exec(header ?? "") ?? [];
  if (value === undefined) return undefined;
  const [token = "", signature = ""] = decode(value.trim()).split(".");
  return { token, signature };
}

/** The plugin reads an escaped token like a plain one. */
function decode(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
