/** The part of `AppOptions` and of the Worker that Better Auth is built with, with its defaults filled in. */
import type { BetterAuthPlugin } from "better-auth";
import type { Config } from "../config.ts";
import type { Database } from "../db/database.ts";
import type { Limits } from "../limits.ts";
import type { BotCheckOptions } from "./bot-check/bot-check.ts";
import { type SendEmail } from "./mail/send-mails.ts";
import { type PasswordPolicyOptions } from "./password-policy/password-policy.ts";
import { type Providers } from "./social/providers.ts";
import { type SessionLimits } from "./sessions/lifetime.ts";
import type { RouteRecords } from "./routes/record.ts";
import type { Routes } from "./routes/register.ts";

export interface AuthOptions {
  config: Config;
  /** The register: the template's routes and the owner's. */
  routes: Routes;
  /** The records of `plugins`. */
  ownerRecords: RouteRecords;
  database: Database;
  sendEmail: SendEmail;
  /** Keeps the Worker alive until a promise settles. */
  background: (promise: Promise<unknown>) => void;
  onSignIn: () => void;
  providers: Providers;
  /** A user may connect an account of a provider that has another address than theirs. */
  connectDifferentAddresses: boolean;
  botCheck: (BotCheckOptions & { secret: string }) | undefined;
  plugins: BetterAuthPlugin[];
  passwords: Omit<PasswordPolicyOptions, "platformId">;
  sessionLimits: SessionLimits;
  limits: Limits;
  /** Routes beside those of support that an impersonated session may call. */
  impersonationMayCall: readonly string[];
  sessionRefreshSeconds: number;
  platformAdminsNeedTwoFactor: boolean;
  tokenAudiences: readonly string[];
  /** The origins whose pages may call every route, the console's included. */
  consoleOrigins: readonly string[];
  /** Hands out the users' tokens of providers. */
  providerTokens: boolean;
}
