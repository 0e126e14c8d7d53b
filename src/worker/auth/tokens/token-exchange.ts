/**
 * Token exchange: issues JWTs for the platform's other Workers. `iss` is the auth URL. `aud` is the platform, or the
 * service that `?audience=` names from a configured list, so that a token stolen from one service is worthless at
 * another (RFC 8725 section 3.9).
 */
import { and, desc, eq, gt, sql } from "drizzle-orm";
import { getCurrentAuthEndpointContext } from "@better-auth/core/context";
import { APIError } from "better-auth/api";
import { jwt, type Jwk } from "better-auth/plugins/jwt";
import type { Database } from "../../db/database.ts";
import { jwksGraceSeconds } from "../../db/maintenance.ts";
import { jwks, member } from "../../db/schema.ts";

const tokenSeconds = 15 * 60;
const keyRotationSeconds = 30 * 24 * 60 * 60;

/** The claims in addition to the registered ones. Their names are part of the contract with the platform's Workers. */
interface TokenClaims {
  role: string;
  /** The active tenant's id; absent when no tenant is active. */
  tenant?: string;
  /** The user's role in the active tenant. */
  tenantRole?: string;
  /** The session's id, for logs and revocation lists. */
  sid: string;
  /** The platform admin who impersonates this user. */
  impersonatedBy?: string;
}

interface TokenOptions {
  database: Database;
  issuer: string;
  /** The platformId, which is the audience of a token that is requested without naming a service. */
  defaultAudience: string;
  /** The services for which a token may be requested. */
  audiences: readonly string[];
}

export function tokenExchange({ database, issuer, defaultAudience, audiences }: TokenOptions) {
  return jwt({
    // A JWT header on every session check would cost a query and a signature each time.
    disableSettingJwtHeader: true,
    jwks: { rotationInterval: keyRotationSeconds, gracePeriod: jwksGraceSeconds },
    adapter: { createJwk: async (key) => createKey(database, key) },
    jwt: {
      issuer,
      audience: defaultAudience,
      expirationTime: `${tokenSeconds}s`,
      definePayload: async ({ user, session }) => {
        const audience = requestedAudience(defaultAudience, audiences);
        const tenantId = stringOrUndefined(session["activeOrganizationId"]);
        const membership =
          tenantId === undefined
            ? undefined
            : await database.query.member.findFirst({
                columns: { role: true },
                where: and(eq(member.organizationId, tenantId), eq(member.userId, user.id)),
              });
        const claims: TokenClaims = {
          role: stringOrUndefined(user["role"]) ?? "user",
          sid: session.id,
        };
        if (tenantId !== undefined && membership !== undefined) {
          claims.tenant = tenantId;
          claims.tenantRole = membership.role;
        }
        const impersonatedBy = stringOrUndefined(session["impersonatedBy"]);
        if (impersonatedBy !== undefined) claims.impersonatedBy = impersonatedBy;
        // No token outlives the session that requested it, above all not one of an impersonation.
        const now = Math.floor(Date.now() / 1000);
        const sessionEnds = Math.floor(new Date(session.expiresAt).getTime() / 1000);
        return { ...claims, aud: audience, exp: Math.min(now + tokenSeconds, sessionEnds) };
      },
    },
  });
}

/** Concurrent requests that find no signing key create a single one: the first inserts it, and the others read it. */
async function createKey(database: Database, key: Omit<Jwk, "id">): Promise<Jwk> {
  const { publicKey, privateKey, createdAt, expiresAt, alg, crv } = key;
  const live = and(sql`${jwks.alg} IS ${alg}`, gt(jwks.expiresAt, createdAt));
  const [, [newest]] = await database.batch([
    database.insert(jwks).select(
      sql`SELECT ${crypto.randomUUID()}, ${publicKey}, ${privateKey}, ${createdAt.getTime()}, ${expiresAt?.getTime()}, ${alg}, ${crv}
        WHERE NOT EXISTS (SELECT 1 FROM ${jwks} WHERE ${live})`,
    ),
    database.select().from(jwks).where(live).orderBy(desc(jwks.createdAt)).limit(1),
  ]);
  if (newest === undefined) throw new Error("the signing key that was just created is missing");
  return newest as Jwk;
}

function requestedAudience(defaultAudience: string, audiences: readonly string[]): string {
  const context = getCurrentAuthEndpointContext();
  const requested = (context.query as { audience?: unknown } | undefined)?.audience;
  if (requested === undefined || requested === defaultAudience) return defaultAudience;
  if (typeof requested === "string" && audiences.includes(requested)) return requested;
  throw new APIError("BAD_REQUEST", {
    code: "UNKNOWN_AUDIENCE",
    message: "The audience must be one of the `audiences` of createAuthApp.",
  });
}

function stringOrUndefined(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
