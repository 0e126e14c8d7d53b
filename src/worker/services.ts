/**
 * Builds what one platform's Worker works with: the database, mail, maintenance, the register of routes, and Better Auth. The
 * defaults of the owner's options are here.
 */
import { waitUntil } from "cloudflare:workers";
import type { AppOptions } from "./app-options.ts";
import { turnstileSecret } from "./auth/bot-check/bot-check.ts";
import { createAuth } from "./auth/auth.ts";
import { ownerRoutes } from "./auth/routes/owner-routes.ts";
import { createRegister } from "./auth/routes/register.ts";
import { templateRoutes } from "./auth/routes/template-routes.ts";
import { createBreachCheck } from "./auth/password-policy/breach-check.ts";
import { readProviders } from "./auth/social/providers.ts";
import type { Bindings, Config } from "./config.ts";
import { openDatabase } from "./db/database.ts";
import { createOutbox } from "./email/outbox.ts";
import { chooseTransport } from "./email/transports.ts";
import { describeError } from "./http/problem.ts";
import { noteDatabaseFailure } from "./http/database-failure.ts";
import { runInRequestScope } from "./request-scope.ts";
import { readLimits } from "./limits.ts";
import { createUpkeep } from "./upkeep.ts";

const daySeconds = 24 * 60 * 60;
const sessionPatienceMilliseconds = 3000;

/** @throws {RangeError} for an option of the owner that cannot be right. */
export function createServices(options: AppOptions, bindings: Bindings, config: Config) {
  const database = openDatabase(bindings["DB"] as D1Database, {
    onFailure: noteDatabaseFailure,
  });
  // Every page waits for a session check, so that one waits less for a database that stands still.
  const sessionDatabase = openDatabase(bindings["DB"] as D1Database, {
    patienceMilliseconds: sessionPatienceMilliseconds,
  });
  const providers = readProviders(options.socialProviders ?? [], bindings);
  for (const { name, problem: reason } of providers.states) {
    if (reason !== undefined) console.warn(`socialProviders: ${name} is off: ${reason}`);
  }

  const transport =
    options.emailTransport ?? chooseTransport(bindings["EMAIL"], config.resendApiKey);
  const [current] = config.secrets;
  const outbox = createOutbox({
    database,
    transport,
    from: config.emailFrom,
    key: {
      keys: new Map(config.secrets.map(({ version, value }) => [version, value])),
      currentVersion: current?.version ?? 1,
    },
  });

  const upkeep = createUpkeep({
    database,
    outbox,
    auditRetentionDays: options.auditRetentionDays ?? 365,
  });

  /** Runs a task that the response does not wait for. A failure is logged, since it cannot be reported to the caller. */
  const background = (task: () => Promise<unknown>) => {
    waitUntil(
      runInRequestScope(task).catch((error: unknown) =>
        console.error(`background: ${describeError(error)}`),
      ),
    );
  };

  const {
    minLength = 15,
    minLengthWithTwoFactor = 8,
    checkBreaches = true,
  } = options.passwords ?? {};
  const passwords = {
    minLength,
    minLengthWithTwoFactor: Math.min(minLength, minLengthWithTwoFactor),
    isBreached: checkBreaches ? createBreachCheck() : async () => undefined,
  };
  const sessionSeconds = options.session?.lifetimeSeconds ?? 7 * daySeconds;
  const sessionLimits = {
    lifetimeSeconds: sessionSeconds,
    absoluteLifetimeSeconds: options.session?.absoluteLifetimeSeconds ?? 30 * daySeconds,
  };
  const limits = readLimits(options.limits);
  const plugins = options.plugins ?? [];
  const ownerRecords = ownerRoutes(plugins, templateRoutes);
  const routes = createRegister({ ...templateRoutes, ...ownerRecords });
  const ownersRoutes = new Set(Object.values(ownerRecords));
  const auth = createAuth({
    config,
    routes,
    ownerRecords,
    database,
    sendEmail: (message, worthSeconds, mayBeSent) =>
      background(async () => {
        if (mayBeSent !== undefined && !(await mayBeSent())) return;
        await outbox.send(message, worthSeconds);
        await upkeep.runIfDue();
      }),
    background: (promise) => background(() => promise),
    onSignIn: () => background(upkeep.runIfDue),
    providers,
    connectDifferentAddresses: options.accountLinking?.allowDifferentEmails ?? false,
    botCheck: options.botCheck && {
      ...options.botCheck,
      secret: String(bindings[turnstileSecret]),
    },
    plugins,
    passwords,
    sessionLimits,
    limits,
    impersonationMayCall: options.impersonationMayCall ?? [],
    sessionRefreshSeconds: options.session?.refreshSeconds ?? daySeconds,
    platformAdminsNeedTwoFactor: options.platformAdminsNeedTwoFactor ?? false,
    tokenAudiences: options.tokenAudiences ?? [],
    consoleOrigins: [
      new URL(config.consoleUrl).origin,
      // In development the console's server hands requests on, which look as if a page of this host had made them.
      ...(config.authUrl.startsWith("https:") ? [] : [new URL(config.authUrl).origin]),
      ...readOrigins(options.consoleOrigins ?? []),
    ],
    providerTokens: options.providerTokens ?? false,
  });
  return {
    auth,
    database,
    sessionDatabase,
    providers,
    transport,
    upkeep,
    routes,
    ownersRoutes,
    passwords,
    sessionLimits,
    limits,
  };
}

/** @throws {RangeError} for anything that a browser would not send as `Origin`. */
function readOrigins(origins: readonly string[]): readonly string[] {
  for (const origin of origins) {
    if (URL.parse(origin)?.origin !== origin) {
      throw new RangeError(
        `consoleOrigins: "${origin}" is not an origin such as https://admin.example.com`,
      );
    }
  }
  return origins;
}
