/** The instance of Better Auth that the Worker runs, for tests that look into it. */
import { env } from "cloudflare:workers";
import type { BetterAuthPlugin } from "better-auth";
import { createAuth } from "../../src/worker/auth/auth.ts";
import { ownerRoutes } from "../../src/worker/auth/routes/owner-routes.ts";
import type { RouteRecords } from "../../src/worker/auth/routes/record.ts";
import { createRegister } from "../../src/worker/auth/routes/register.ts";
import { templateRoutes } from "../../src/worker/auth/routes/template-routes.ts";
import type { Providers } from "../../src/worker/auth/social/providers.ts";
import { readConfig } from "../../src/worker/config.ts";
import { openDatabase } from "../../src/worker/db/database.ts";
import { readLimits } from "../../src/worker/limits.ts";
import { secret } from "./browser.ts";

/**
 * @param bindings other than those of the tests' apps.
 * @param options the records in place of the template's, plugins of the owner's, social providers, and how long sessions last.
 */
export function openAuth(
  bindings: Record<string, unknown> = {},
  {
    records = templateRoutes,
    plugins = [],
    providers = { states: [], options: {}, openIdConnect: [], authoritativeFor: new Map() },
    sessionSeconds = 1,
  }: {
    records?: RouteRecords;
    plugins?: BetterAuthPlugin[];
    providers?: Providers;
    sessionSeconds?: number;
  } = {},
) {
  const ownerRecords = ownerRoutes(plugins, records);
  const parsed = readConfig({
    PLATFORM_ID: "k3m9p2xw7q",
    BETTER_AUTH_SECRET: secret,
    DB: env.DB,
    ...bindings,
  });
  if (!parsed.ok) throw new Error("the configuration of this test is wrong");
  return createAuth({
    config: parsed.config,
    routes: createRegister({ ...records, ...ownerRecords }),
    ownerRecords,
    database: openDatabase(env.DB),
    sendEmail: () => {},
    background: () => {},
    onSignIn: () => {},
    providers,
    connectDifferentAddresses: false,
    botCheck: undefined,
    plugins,
    passwords: { minLength: 15, minLengthWithTwoFactor: 8, isBreached: async () => undefined },
    sessionLimits: { lifetimeSeconds: sessionSeconds, absoluteLifetimeSeconds: sessionSeconds },
    limits: readLimits(),
    impersonationMayCall: [],
    sessionRefreshSeconds: 1,
    platformAdminsNeedTwoFactor: true,
    tokenAudiences: [],
    consoleOrigins: [parsed.config.consoleUrl],
    providerTokens: true,
  });
}

export const auth = openAuth();
