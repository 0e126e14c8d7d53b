/**
 * Who is signed in, as components see it: the shapes, and how the Worker's answers become them. Everything that comes in
 * is checked here, by hand: a schema library would weigh more than the rest of the package.
 */
import { platformAdminRole } from "../worker/auth/roles.ts";

export type PlatformRole = "platform-admin" | "user";
/** The roles that every tenant has, and those of a tenant's own. */
export type TenantRole = "owner" | "admin" | "member" | (string & {});

export interface NnoUser {
  /** Empty for nobody. */
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly emailVerified: boolean;
  readonly image: string | null;
  /** `anonymous` as long as nobody is signed in. A role that is not known counts as `user`. */
  readonly role: PlatformRole | "anonymous";
  readonly twoFactorEnabled: boolean;
  readonly createdAt: Date;
}

export interface NnoSession {
  /** Names the session in lists and logs; it is no secret and opens nothing. */
  readonly id: string;
  readonly userId: string;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  /** The platform admin who acts as this user; null when the user does. */
  readonly impersonatedBy: string | null;
  /** The active tenant's id. Its name and the user's role are `tenant`. */
  readonly activeTenantId: string | null;
}

export interface NnoTenantSummary {
  readonly id: string;
  readonly name: string;
  readonly slug: string;
  readonly logo: string | null;
}

/** The active tenant, and what the user is in it. */
export interface NnoTenant extends NnoTenantSummary {
  readonly role: TenantRole;
}

/**
 * The user as long as nobody is signed in. A user is never null, so that `user.role === "platform-admin"` is always a
 * question with an answer; whether somebody is there is `status`, or `session`.
 */
export const anonymousUser: NnoUser = Object.freeze({
  id: "",
  name: "",
  email: "",
  emailVerified: false,
  image: null,
  role: "anonymous",
  twoFactorEnabled: false,
  createdAt: new Date(0),
});

export interface Principal {
  session: NnoSession;
  user: NnoUser;
}

/** What came is not what the auth Worker answers. */
export class UnexpectedAnswer extends Error {
  override readonly name = "UnexpectedAnswer";
}

type Json = Record<string, unknown>;

/** @throws {UnexpectedAnswer} Only `{"session": null}` itself means that nobody is signed in. */
export function readSessionAnswer(body: unknown): Principal | null {
  const answer = object(body, "the answer");
  if (answer["session"] === null) return null;
  const session = object(answer["session"], "session");
  const user = object(answer["user"], "user");
  return {
    session: Object.freeze({
      id: text(session, "id"),
      userId: text(session, "userId"),
      createdAt: date(session, "createdAt"),
      expiresAt: date(session, "expiresAt"),
      impersonatedBy: textOrNull(session, "impersonatedBy"),
      activeTenantId: textOrNull(session, "activeOrganizationId"),
    }),
    user: Object.freeze({
      id: text(user, "id"),
      name: text(user, "name"),
      email: text(user, "email"),
      emailVerified: user["emailVerified"] === true,
      image: textOrNull(user, "image"),
      role: platformRole(user["role"]),
      twoFactorEnabled: user["twoFactorEnabled"] === true,
      createdAt: date(user, "createdAt"),
    }),
  };
}

/** @throws {UnexpectedAnswer} */
export function readTenantList(body: unknown): readonly NnoTenantSummary[] {
  if (!Array.isArray(body)) throw new UnexpectedAnswer("the list of tenants is no list");
  return Object.freeze(
    body.map((item: unknown) => {
      const tenant = object(item, "tenant");
      return Object.freeze({
        id: text(tenant, "id"),
        name: text(tenant, "name"),
        slug: text(tenant, "slug"),
        logo: textOrNull(tenant, "logo"),
      });
    }),
  );
}

/** @throws {UnexpectedAnswer} */
export function readTenantRole(body: unknown): TenantRole {
  return text(object(body, "the answer"), "role");
}

/** @throws {UnexpectedAnswer} */
export function readPermission(body: unknown): boolean {
  return object(body, "the answer")["success"] === true;
}

/** Better Auth writes several roles with commas between. */
function platformRole(value: unknown): PlatformRole {
  const names = typeof value === "string" ? value.split(",") : [];
  return names.some((name) => name.trim() === platformAdminRole) ? platformAdminRole : "user";
}

function object(value: unknown, what: string): Json {
  if (typeof value === "object" && value !== null) return value as Json;
  throw new UnexpectedAnswer(`${what} is no object`);
}

function text(from: Json, name: string): string {
  const value = from[name];
  if (typeof value === "string") return value;
  throw new UnexpectedAnswer(`${name} is no text`);
}

function textOrNull(from: Json, name: string): string | null {
  const value = from[name];
  return typeof value === "string" ? value : null;
}

function date(from: Json, name: string): Date {
  const value = new Date(text(from, name));
  if (Number.isNaN(value.getTime())) throw new UnexpectedAnswer(`${name} is no date`);
  return value;
}
