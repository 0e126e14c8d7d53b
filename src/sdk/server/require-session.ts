/** Hono middleware for the platform's other Workers: it lets in only requests with a token of the auth Worker. */
import type { Context, MiddlewareHandler } from "hono";
import { platform } from "../../platform.ts";
import { hasPermission, type NnoPermission } from "../permissions.ts";
import type { PlatformRole, TenantRole } from "../session.ts";
import type { Fetcher } from "./keyset.ts";
import { NnoTokenError } from "./token-error.ts";
import { verifyToken, type NnoTokenClaims, type VerifyTokenOptions } from "./verify-token.ts";

/** The variables that the middleware sets: `c.var.session`. */
export interface SessionVariables {
  session: NnoTokenClaims;
}

export interface RequireSessionOptions {
  /** The platform role, or a list of which one is enough. */
  role?: PlatformRole | readonly PlatformRole[] | undefined;
  /** A permission of the platform or of the active tenant. A tenant's custom roles have none here. */
  permission?: NnoPermission | undefined;
  /** The role in the active tenant, or a list of which one is enough. */
  tenantRole?: TenantRole | readonly TenantRole[] | undefined;
  /**
   * Refuses the tokens of platform admins who impersonate a user: for what only the user may do, such as paying. Default:
   * false; a route can also read `impersonatedBy` from the session.
   */
  refuseImpersonators?: boolean | undefined;
  /** Default: the Worker's variable `AUTH_URL`, or the address for `PLATFORM_ID` and `ROOT_DOMAIN`. */
  authUrl?: string | undefined;
  /** Default: the Worker's variable `PLATFORM_ID`. */
  platformId?: string | undefined;
  /** The name of this service, if it accepts only tokens for itself. Default: the platform. */
  audience?: string | undefined;
  jwks?: VerifyTokenOptions["jwks"];
  clockToleranceSeconds?: number | undefined;
  /** A service binding to the auth Worker: `(env) => env.AUTH`. */
  service?: ((env: unknown) => Fetcher) | undefined;
}

const retrySeconds = 5;
/** RFC 6750 section 2.1. */
const bearerPattern = /^Bearer +([A-Za-z0-9._~+/-]+=*)$/i;

/**
 * Lets a request through if it has a valid token with the required role and permission, and sets `c.var.session`. Answers
 * all others with problem+json: 401 without a valid token, 403 without the role or the permission or for an impersonator, 503 if the keys cannot
 * be fetched.
 *
 * ```ts
 * app.get("/invoices", requireSession({ permission: "billing:view" }), (c) => c.json(invoicesOf(c.var.session.tenant)));
 * ```
 */
export function requireSession(
  options: RequireSessionOptions = {},
): MiddlewareHandler<{ Variables: SessionVariables }> {
  return async (context, next) => {
    const expected = readExpected(options, context);
    if ("problem" in expected) return notConfigured(expected.problem);
    const { verify, realm } = expected;
    const header = context.req.header("Authorization");
    // RFC 6750 section 3.1: the answer to a request without credentials carries no error code.
    if (header === undefined) return unauthorized(realm);
    const [, jwt] = bearerPattern.exec(header) ?? [];
    if (jwt === undefined) {
      return refused(realm, "TOKEN_INVALID", "Send one token: Authorization: Bearer <token>.");
    }
    let session: NnoTokenClaims;
    try {
      session = await verifyToken(jwt, verify);
    } catch (error) {
      return answerTo(error, realm);
    }
    if (options.refuseImpersonators === true && session.impersonatedBy !== undefined) {
      const detail = "Only the user may do this. End the impersonation first.";
      return forbidden(realm, "NOT_WHILE_IMPERSONATING", detail);
    }
    const missing = missingRequirement(options, session);
    if (missing !== undefined) return forbidden(realm, "INSUFFICIENT_ROLE", missing);
    context.set("session", session);
    await next();
    return undefined;
  };
}

function readExpected(options: RequireSessionOptions, { env }: Context) {
  const variables = (env ?? {}) as Record<string, unknown>;
  const platformId = text(options.platformId) ?? text(variables["PLATFORM_ID"]);
  const rootDomain = text(variables["ROOT_DOMAIN"]);
  const authUrl =
    text(options.authUrl) ?? text(variables["AUTH_URL"]) ?? authUrlOf(platformId, rootDomain);
  const audience = text(options.audience) ?? platformId;
  if (authUrl === undefined || audience === undefined) {
    return { problem: "PLATFORM_ID is not set, or is not a platformId" };
  }
  if (!isHttp(authUrl)) {
    const name = text(options.authUrl) === undefined ? addressVariable(variables) : "authUrl";
    return { problem: `${name} does not give an address such as https://auth.example.com` };
  }
  const verify: VerifyTokenOptions = {
    authUrl,
    audience,
    jwks: options.jwks,
    clockToleranceSeconds: options.clockToleranceSeconds,
    service: options.service?.(env),
  };
  return { verify, realm: platformId ?? audience };
}

function authUrlOf(platformId: string | undefined, rootDomain: string | undefined) {
  if (platformId === undefined) return undefined;
  try {
    return platform(platformId, { rootDomain }).authUrl;
  } catch {
    return undefined;
  }
}

/** The variable that an invalid address comes from. */
function addressVariable(variables: Record<string, unknown>): string {
  return text(variables["AUTH_URL"]) === undefined ? "ROOT_DOMAIN" : "AUTH_URL";
}

function isHttp(address: string): boolean {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  return url?.protocol === "https:" || url?.protocol === "http:";
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** The first requirement that the session does not meet, in words; undefined if it meets all. */
function missingRequirement(
  options: RequireSessionOptions,
  session: NnoTokenClaims,
): string | undefined {
  const { role, tenantRole, permission } = options;
  if (role !== undefined && !hasOne(session.role, role)) {
    return `This needs the platform role ${listed(role)}.`;
  }
  if (tenantRole !== undefined && !hasOne(session.tenantRole, tenantRole)) {
    return session.tenant === undefined
      ? "This needs an active tenant: choose one and fetch a new token."
      : `This needs the role ${listed(tenantRole)} in the active tenant.`;
  }
  if (permission !== undefined && !hasPermission(session, permission)) {
    return `This needs the permission ${permission}.`;
  }
  return undefined;
}

/** A role claim is one name, or several separated by commas. */
function hasOne(held: string | undefined, wanted: string | readonly string[]): boolean {
  const names = (held ?? "").split(",").map((name) => name.trim());
  return (typeof wanted === "string" ? [wanted] : wanted).some((name) => names.includes(name));
}

function listed(wanted: string | readonly string[]): string {
  return typeof wanted === "string" ? wanted : wanted.join(" or ");
}

function answerTo(error: unknown, realm: string): Response {
  const code = error instanceof NnoTokenError ? error.code : undefined;
  if (code === "keys_unavailable") {
    const detail = "The auth Worker's keys cannot be fetched. Try again in a few seconds.";
    return problem(503, "Service Unavailable", "KEYS_UNAVAILABLE", detail, {
      "Retry-After": String(retrySeconds),
    });
  }
  if (code === undefined) throw error;
  if (code === "token_expired") {
    return refused(realm, "TOKEN_EXPIRED", "The token has expired. Fetch a new one.");
  }
  // The answer does not say which check failed, because that would help somebody who is trying out tokens.
  return refused(realm, "TOKEN_INVALID", "The token is not valid here.");
}

function unauthorized(realm: string): Response {
  return problem(401, "Unauthorized", "TOKEN_MISSING", "Sign in, and send the session's token.", {
    "WWW-Authenticate": `Bearer realm="${realm}"`,
  });
}

function refused(realm: string, code: string, detail: string): Response {
  return problem(401, "Unauthorized", code, detail, {
    "WWW-Authenticate": `Bearer realm="${realm}", error="invalid_token", error_description="${detail}"`,
  });
}

function forbidden(realm: string, code: string, detail: string): Response {
  return problem(403, "Forbidden", code, detail, {
    "WWW-Authenticate": `Bearer realm="${realm}", error="insufficient_scope", error_description="${detail}"`,
  });
}

function notConfigured(what: string): Response {
  const detail = `${what}. No token can be checked without it.`;
  return problem(503, "Service Unavailable", "NOT_CONFIGURED", detail, {});
}

/** RFC 9457. */
function problem(
  status: number,
  title: string,
  code: string,
  detail: string,
  headers: Record<string, string>,
): Response {
  const body = { type: "about:blank", title, status, code, detail };
  return Response.json(body, {
    status,
    headers: {
      "Content-Type": "application/problem+json",
      "Cache-Control": "no-store",
      ...headers,
    },
  });
}
