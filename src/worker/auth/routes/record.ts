/**
 * A route's record holds the whole policy of one route in one place. Throttling, step-up, session ends, the
 * audit log, impersonation, tenant policies, held answers, input checks and the API reference read it, and name no path
 * themselves. Omitting a
 * field selects the stricter or the simpler case.
 */
import type { InputRules } from "../../input/rules.ts";
import type { AuditRule } from "../audit/rule.ts";

/** The method and the path as the endpoint declares it, with its parameters, such as `GET /callback/:id`. */
export type RouteName = `${"GET" | "POST" | "PATCH" | "DELETE" | "PUT"} /${string}`;

export type RouteRecords = Readonly<Record<RouteName, RouteRecord>>;

export interface RouteRecord {
  /**
   * The people who may call the route. Better Auth's endpoints and this Worker's check this themselves, and a test
   * makes sure of it. For the routes of an owner's plugins, the register's guard checks it.
   */
  who: "anyone" | "user" | "platform-admin";
  /**
   * The secret that a request of this route guesses at; wrong guesses are counted. Omitted: the route takes no secret.
   */
  guess?: Guess;
  /** The body may bring a code of the second factor (`code`) together with the password; see `throttle/`. */
  takesCode?: true;
  /** The body brings a code of the second factor (`code`), if the user has one; see `two-factor/factor-for-changes.ts`. */
  takesFactor?: true;
  /** The route is refused once the enrolment of the second factor is complete. */
  onlyWhileEnrolling?: true;
  /** The proof that the request needs in addition to a session. Omitted: the session is enough. */
  proof?: Proof;
  /** The route takes a TOTP code, which works only once (RFC 6238 section 5.2). */
  takesTotp?: true;
  /** The route begins a sign-in at a provider, or is the one to which the provider sends the browser back. */
  provider?: "begins" | "returns";
  /**
   * The part that the route plays for the account's address: `link` follows a mailed link, `uses-proof` signs in with
   * the proof that the link left in the browser, `change` requests another address.
   */
  address?: "link" | "uses-proof" | "change";
  /**
   * Success means that the user of an existing session has entered the password or a code again, which is a recent
   * proof.
   */
  proves?: true;
  /** The kind of session that the route creates. Omitted: a sign-in, which is challenged for the second factor. */
  newSession?: NewSession;
  /** The sessions, trusted devices and open links that end once the route has succeeded. */
  ends?: Ends;
  /** The route signs the caller out. */
  signsOut?: true;
  /**
   * The request sends mail, so requests of one network are counted. With `"plugin"`, mails to the named address are,
   * too.
   */
  mail?: "ours" | "plugin";
  /**
   * The events that the route leaves in the audit log, some of which are mailed to the account's owner
   * (`mail/notice-table.ts`). Omitted: the route does nothing that interests an auditor.
   */
  audit?: AuditRule;
  /**
   * The route writes an event by itself, or the row that it changes does. What ordinary users do in a day is counted as it is
   * for routes with `audit`.
   */
  leavesEvent?: true;
  /**
   * Pages of all the platform's apps may call the route. Omitted: only pages of the console may, and of the origins that
   * `consoleOrigins` adds. It is omitted for administration, for credentials and for what deletes.
   */
  apps?: "allowed";
  /** A page that the Worker itself serves calls the route. */
  ownPage?: true;
  /**
   * The page that the request names is handed a secret, so it must be one of the console, or of `consoleOrigins`. Omitted:
   * any page of the platform.
   */
  handsSecretToPage?: true;
  /** A program may call the route with the session cookie alone, without its binding. Omitted: it needs both. */
  unbound?: "allowed";
  /** The option of the owner without which the route refuses everybody. */
  option?: "providerTokens";
  /** A platform admin may call the route while impersonating a user. Omitted: the route is refused then. */
  impersonator?: "allowed";
  /** The route is subject to the platform's demand that its admins have a second factor. */
  adminTwoFactor?: "demanded";
  /** The route is subject to a tenant's demand for a second factor. Omitted: members without one may call it. */
  tenantTwoFactor?: "demanded";
  /** The password that the route sets, and its user; the password policy checks it. */
  newPassword?: NewPassword;
  /**
   * After the route the password is the only factor, so it must have the length that is required of such a password.
   */
  leavesPasswordAlone?: true;
  /** The route grants a role of a tenant; nobody may grant more permissions than they have. */
  grantsRole?: RoleGrant;
  /** The field of the body that names a session by its id. */
  sessionField?: string;
  /** The caller's own account is refused: always, or when the request changes the address. */
  notOnYourself?: "always" | "address";
  /** The route is refused until the caller's own address is confirmed. */
  needsConfirmedAddress?: true;
  /** The answer is delayed, so that both outcomes take the same time. */
  held?: true;
  /** The seconds for which anybody may cache the answer. Omitted: the answer is never cached. */
  publicSeconds?: number;
  /** The outer shield does not count the route, because every page calls it, and backends call it for many people. */
  uncounted?: true;
  /** Checks of the request in addition to the route's own schema. */
  input?: InputRules;
}

/**
 * The secret that a request guesses at.
 *
 * - `sign-in`: a password or code of the account that the body names; without one the request only begins a sign-in.
 * - `code`: a code of the second factor of the user who is challenged or signed in.
 * - `own-password`: the password of the signed-in user.
 * - `anything`: unknown, for a plugin's route without a record; every refusal counts.
 */
type Guess = "sign-in" | "code" | "own-password" | "anything";

/**
 * The proof that a stolen session alone does not give (OWASP ASVS 5.0 section 7.5).
 *
 * - `password`: Better Auth asks for the password in the request; an account without one needs a recent proof.
 *   With `always`, a request without the password is refused, where Better Auth would carry it out.
 * - `recent`: a sign-in, password or code in this session within ten minutes; within an hour for administration, which
 *   people do several times in a row. With `when`, only some requests of the route need it.
 */
type Proof =
  | { ask: "password"; always?: true }
  | { ask: "recent"; within: "ten-minutes" | "hour"; when?: ProofCondition };

/** The requests that need the proof: those that make an owner, or that drop a tenant's demand for a second factor. */
export type ProofCondition = "makes-owner" | "drops-two-factor-demand";

/**
 * The kind of session that a route creates.
 *
 * - `replacement`: replaces the caller's session after a change of credentials, and keeps its age.
 * - `challenged`: completes a sign-in with the second factor.
 * - `impersonation`: begins an impersonation; the admin's own session continues.
 * - `resumed`: the admin's own session after an impersonation.
 */
type NewSession = "replacement" | "challenged" | "impersonation" | "resumed";

/**
 * The access that ends once a route has succeeded, and the user who loses it.
 *
 * - `credentials`: the user's other sessions, trusted devices, unfinished sign-ins, reset links and changes of address.
 * - `devices`: trusted devices and open links; the route itself ends the sessions. `exceptThisDevice` keeps the
 *   caller's.
 */
export type Ends =
  | { what: "credentials"; whose: "own" | "named" | "named-if-access-changes" | "moved" }
  | { what: "devices"; whose: "own" | "named"; exceptThisDevice?: true };

export interface NewPassword {
  whose: "new" | "own" | "named" | "reset";
  /** The path of the field that holds the password. */
  field: "password" | "newPassword" | "account.password";
}

export interface RoleGrant {
  /** The permission that the route itself demands. The route refuses callers without it. */
  needs: "invitation:create" | "member:update" | "ac:create" | "ac:update";
  what: "invited" | "member" | "defined" | "changed";
}
