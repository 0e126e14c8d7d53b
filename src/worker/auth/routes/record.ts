/**
 * A route's record: everything that is policy about one route, in one place. Throttling, step-up, session ends, notices,
 * the audit log, impersonation, tenant policies, held answers, input checks and the API reference read it, and name no
 * path themselves. A field that is left out means the stricter or the plainer case, as each field says.
 */
import type { InputRules } from "../../input/rules.ts";
import type { AuditRule } from "../audit/rule.ts";

/** `POST /change-password`: the method and the path as the endpoint declares it, parameters included. */
export type RouteName = `${"GET" | "POST" | "PATCH" | "DELETE" | "PUT"} /${string}`;

export type RouteRecords = Readonly<Record<RouteName, RouteRecord>>;

export interface RouteRecord {
  /**
   * Who may call the route. Better Auth's endpoints and ours check this themselves; a test holds them to it. For a
   * plugin's route without a record, the register's own guard does.
   */
  who: "anyone" | "user" | "platform-admin";
  /** What a wrong answer of this route would be a guess at; such guesses are counted. Omitted: it guesses nothing. */
  guess?: Guess;
  /** Takes a code of the second factor beside the password (`code`); see `throttle/`. */
  takesCode?: true;
  /** What the request must show beside a session. Omitted: the session is enough. */
  proof?: Proof;
  /** Takes a TOTP code, which works once (RFC 6238 section 5.2). */
  takesTotp?: true;
  /** Begins a sign-in at a provider, or is where the provider sends the browser back. */
  provider?: "begins" | "returns";
  /**
   * What it does with the account's address: `link` follows a mailed link, `uses-proof` signs in with what that link left
   * in the browser, `change` asks for a move to another address.
   */
  address?: "link" | "uses-proof" | "change";
  /** Success shows the password or a code again in a session that stands, and counts as a recent proof. */
  proves?: true;
  /** What the route's new session is. Omitted: a sign-in, which is challenged for the second factor. */
  newSession?: NewSession;
  /** Whose sessions, trusted devices and open links end once the route has succeeded. */
  ends?: Ends;
  /** Signs the caller out. */
  signsOut?: true;
  /** The request sends mail; requests of one network are counted. `"plugin"`: so are mails to the named address. */
  mail?: "ours" | "plugin";
  /** The mail that tells an account's owner. */
  notice?: Notice;
  /** The events that the route leaves in the audit log. Omitted: nothing that an auditor asks about. */
  audit?: AuditRule;
  /** A platform admin may call it in a user's name. Omitted: refused while impersonating. */
  impersonator?: "allowed";
  /** The platform's demand that its admins have a second factor holds here. */
  adminTwoFactor?: "demanded";
  /** A tenant's demand for a second factor holds here. Omitted: the route stays open to members without one. */
  tenantTwoFactor?: "demanded";
  /** The password that the route sets, and whose it will be; it is judged by the password policy. */
  newPassword?: NewPassword;
  /** Afterwards the password alone signs in: it must be as long as such a password has to be. */
  leavesPasswordAlone?: true;
  /** Grants a role of a tenant; nobody grants more than they hold. */
  grantsRole?: RoleGrant;
  /** The field of the body that names a session, by its id. */
  sessionField?: string;
  /** Must not be used on the caller's own account: always, or when it changes the address. */
  notOnYourself?: "always" | "address";
  /** Refused while the caller's own address is not confirmed. */
  needsConfirmedAddress?: true;
  /** The answer is held until both outcomes take the same time. */
  held?: true;
  /** Seconds for which anybody may cache the answer. Omitted: never cached. */
  publicSeconds?: number;
  /** Asked by every page and by backends for many people: the outer shield does not count it. */
  uncounted?: true;
  /** What of the request is checked beyond the route's own schema. */
  input?: InputRules;
}

/**
 * - `sign-in`: a password or code of the account that the body names; without one the request only begins a sign-in.
 * - `code`: a code of the second factor of whoever is challenged or signed in.
 * - `own-password`: the password of whoever is signed in.
 * - `anything`: a plugin's route without a record; every refusal counts.
 */
type Guess = "sign-in" | "code" | "own-password" | "anything";

/**
 * OWASP ASVS 5.0 section 7.5: what a stolen session alone must not do.
 *
 * - `password`: Better Auth asks for the password in the request; an account without one needs a recent proof.
 *   With `always`, a request without the password is refused, where Better Auth would carry it out.
 * - `recent`: a sign-in, password or code in this session within ten minutes; within an hour for administration,
 *   which people do several times in a row.
 */
type Proof =
  | { ask: "password"; always?: true }
  | { ask: "recent"; within: "ten-minutes" | "hour"; when?: ProofCondition };

/** Which requests of a route ask for the proof: those that make an owner, or that drop a tenant's demand for a second factor. */
export type ProofCondition = "makes-owner" | "drops-two-factor-demand";

/**
 * - `replacement`: takes the place of the caller's session, as old as that, after a change of credentials.
 * - `challenged`: the second factor has just been shown.
 * - `impersonation`: begins one; the admin's own session goes on.
 * - `resumed`: the admin's own session, after an impersonation.
 */
type NewSession = "replacement" | "challenged" | "impersonation" | "resumed";

/**
 * - `credentials`: other sessions, trusted devices, half-done sign-ins, reset links and changes of address of `whose`.
 * - `devices`: trusted devices and open links; the route itself ends the sessions. `exceptThisDevice` keeps the caller's.
 */
export type Ends =
  | { what: "credentials"; whose: "own" | "named" | "named-if-access-changes" | "moved" }
  | { what: "devices"; whose: "own" | "named"; exceptThisDevice?: true };

/** Which template of `email/templates.ts` is mailed, and to whom. */
type Notice =
  | { mail: "passwordChanged" | "twoFactorDisabled" | "backupCodesReplaced"; to: "own" }
  | { mail: "passwordChanged"; to: "named" }
  | { mail: "backupCodeUsed"; to: "signed-in" }
  | { mail: "twoFactorEnabled"; to: "enrolled" }
  | { mail: "emailChanged"; to: "left-address" | "replaced-address" };

export interface NewPassword {
  whose: "new" | "own" | "named" | "reset";
  /** The field with the password; `account.password` for one below. */
  field: "password" | "newPassword" | "account.password";
}

export interface RoleGrant {
  /** The permission that the route itself asks for. Who lacks it is refused there, in its own words. */
  needs: "invitation:create" | "member:update" | "ac:update";
  what: "invited" | "member" | "renamed";
}
