/** What a platform's owner gives to `createAuthApp()`, and what the owner gets. */
import type { BetterAuthPlugin } from "better-auth";
import type { Hono } from "hono";
import type { BotCheckOptions } from "./auth/bot-check/bot-check.ts";
import type { SocialProviderEntry } from "./auth/social/providers.ts";
import type { EmailTransport } from "./email/transports.ts";
import type { Limits } from "./limits.ts";

/** The choices of a platform's owner. Every option has a default. */
export interface AppOptions {
  /**
   * Social sign-in. An entry is a provider's name, `{ provider, ...options }` for a provider that needs more than
   * credentials, or a provider of your own:
   * `{ provider: "openid-connect", id: "acme", name: "Acme", issuer: "https://id.acme.example" }`. The credentials are
   * the secrets `<NAME>_CLIENT_ID` and `<NAME>_CLIENT_SECRET` (or `<ID>_...`). A provider without credentials is off, and
   * `/healthz` says so.
   */
  socialProviders?: readonly SocialProviderEntry[];
  /**
   * Additional Better Auth plugins. Their tables go into `own/schema.ts`. Each plugin brings the policy of its routes:
   * `withRoutes(plugin, records)`. A route without a record requires a session, and each call is audited. A plugin that
   * refuses to start, such as `scim()`, which needs transactions that D1 does not have, makes the Worker answer every request
   * with 503 and name it.
   */
  plugins?: BetterAuthPlugin[];
  accountLinking?: {
    /**
     * Lets a user who is signed in connect an account of a provider that has another address than theirs. The provider must
     * vouch for that address. Default: false.
     */
    allowDifferentEmails?: boolean;
  };
  /** Replaces the transport that the bindings select: EMAIL if it is bound, otherwise RESEND_API_KEY. */
  emailTransport?: EmailTransport;
  session?: {
    /** How long a session lasts without use. Default: 7 days. */
    lifetimeSeconds?: number;
    /** How often a session in use is extended. Default: 1 day. */
    refreshSeconds?: number;
    /**
     * How long a session lasts however much it is used; after that the user must sign in again. Default: 30 days, the
     * maximum that NIST SP 800-63B-4 section 2.1.3 allows at AAL1. At AAL2 the maximum is 24 hours.
     */
    absoluteLifetimeSeconds?: number;
  };
  /** Your own routes that may be called while impersonating, such as `/notes/list`. All others are refused. */
  impersonationMayCall?: readonly string[];
  /**
   * Requirements for new passwords. The defaults follow NIST SP 800-63B-4 section 3.1.1.2, without composition rules.
   */
  passwords?: {
    /** Minimum length, in characters, when the password is the only factor. Default: 15. */
    minLength?: number;
    /** Minimum length, in characters, for users with two-factor authentication. Default: 8. */
    minLengthWithTwoFactor?: number;
    /** Checks passwords against Have I Been Pwned, which learns only five digits of a hash. Default: true. */
    checkBreaches?: boolean;
  };
  /**
   * A check against bots (Cloudflare Turnstile) on sign-up, password reset, and requests that mail a confirmation or a code.
   * `{ provider: "turnstile", siteKey }`, with the secret `TURNSTILE_SECRET_KEY`. Default: off.
   */
  botCheck?: BotCheckOptions;
  /** Requires two-factor authentication of platform admins before they may act as such. Default: false. */
  platformAdminsNeedTwoFactor?: boolean;
  /** Audiences that `/api/auth/token?audience=` may request. Default: none, so all tokens are for the platform. */
  tokenAudiences?: readonly string[];
  /**
   * How much one account or one tenant may have, so that nobody fills the database. The defaults are in `limits.ts`. What
   * exists beyond a limit that is lowered stays.
   */
  limits?: Partial<Limits>;
  /**
   * Origins whose pages may do what only the console's may: administration, changes of credentials, and deleting. They must
   * be trusted origins, too. Default: none beside the console.
   */
  consoleOrigins?: readonly string[];
  /**
   * Serves `/get-access-token` and `/refresh-token`, which give a page the user's tokens of connected providers. Default:
   * false, since with such a token a page acts at the provider in the user's name.
   */
  providerTokens?: boolean;
  /** How many days audit events are kept. Default: 365. */
  auditRetentionDays?: number;
  /** Adds routes of your own beside `/api/auth`. */
  routes?: (app: Hono) => void;
}

export interface AuthApp {
  /** `env` and `context` are passed on to the owner's routes. */
  fetch(request: Request, env?: unknown, context?: ExecutionContext): Response | Promise<Response>;
  scheduled(): Promise<void>;
}
