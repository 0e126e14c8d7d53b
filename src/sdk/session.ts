/**
 * The types of session, user and tenant, and the functions that read them from the Worker's answers. These check every
 * field by hand, because a schema library would be larger than the rest of the package.
 */
import { platformAdminRole } from "../worker/auth/roles.ts";

export type PlatformRole = "platform-admin" | "user";
/** One of the roles that every tenant has, or a custom role of the tenant. */
export type TenantRole = "owner" | "admin" | "member" | (string & {});

export interface NnoUser {
  /** Empty for the anonymous user. */
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly emailVerified: boolean;
  readonly image: string | null;
  /** `anonymous` while nobody is signed in. An unknown role counts as `user`. */
  readonly role: PlatformRole | "anonymous";
  readonly twoFactorEnabled: boolean;
  readonly createdAt: Date;
}

export interface NnoSession {
  /** Identifies the session in lists and logs. It is not a secret and gives no access. */
  readonly id: string;
  readonly userId: string;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  /** The id of the platform admin who impersonates this user, or null. */
  readonly impersonatedBy: string | null;
  /** The id of the active tenant. `tenant` has its name and the user's role. */
  readonly activeTenantId: string | null;
}

export interface NnoTenantSummary {
  readonly id: string;
  readonly name: string;
  readonly slug: string;
  readonly logo: string | null;
}

/** The active tenant with the role of the user in it. */
export interface NnoTenant extends NnoTenantSummary {
  readonly role: TenantRole;
}

/**
 * The user while nobody is signed in. A user is never null, so `user.role === "platform-admin"` needs no check before it.
 * `status` and `session` tell if somebody is signed in.
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

/** The answer does not have the form of an answer of the auth Worker. */
export class UnexpectedAnswer extends Error {
  override readonly name = "UnexpectedAnswer";
}

type Json = Record<string, unknown>;

/** @throws {UnexpectedAnswer} for anything but a session or `{"session": null}`, which alone means signed out. */
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
  if (!Array.isArray(body)) throw new UnexpectedAnswer("the list of tenants is not a list");
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

/** Better Auth stores several roles as a comma-separated list. */
function platformRole(value: unknown): PlatformRole {
  const names = typeof value === "string" ? value.split(",") : [];
  return names.some((name) => name.trim() === platformAdminRole) ? platformAdminRole : "user";
}

function object(value: unknown, what: string): Json {
  if (typeof value === "object" && value !== null) return value as Json;
  throw new UnexpectedAnswer(`${what} is not an object`);
}

function text(from: Json, name: string): string {
  const value = from[name];
  if (typeof value === "string") return value;
  throw new UnexpectedAnswer(`${name} is not a string`);
}

function textOrNull(from: Json, name: string): string | null {
  const value = from[name];
  return typeof value === "string" ? value : null;
}

function date(from: Json, name: string): Date {
  const value = new Date(text(from, name));
  if (Number.isNaN(value.getTime())) throw new UnexpectedAnswer(`${name} is not a date`);
  return value;
}
