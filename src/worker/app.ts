/**
 * createAuthApp(): the Worker of one platform, its middleware and mounts on one screen. Owns the order in which a request
 * passes through them, and nothing of what they do.
 */
import { env, waitUntil } from "cloudflare:workers";
import { Hono, type MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import { cors } from "hono/cors";
import { HTTPException } from "hono/http-exception";
import type { BetterAuthPlugin } from "better-auth";
import { getAuthTables } from "better-auth/db";
import { matchesOrigin } from "../platform.ts";
import { createAuth } from "./auth/auth.ts";
import { consolePages } from "./auth/mail/console-pages.ts";
import { createHandler } from "./auth/better-auth/handler.ts";
import { PluginRefused } from "./auth/better-auth/plugin-start.ts";
import { routesOf } from "./auth/routes/endpoints.ts";
import { ownerRoutes } from "./auth/routes/owner-routes.ts";
import { paths } from "./auth/routes/paths.ts";
import { createRegister } from "./auth/routes/register.ts";
import { templateRoutes } from "./auth/routes/template-routes.ts";
import { createBreachCheck } from "./auth/password-policy/breach-check.ts";
import { readProviders, type SocialProviderEntry } from "./auth/social/providers.ts";
import { readConfig, type Bindings, type ConfigProblem } from "./config.ts";
import { claimPage } from "./http/claim-page.ts";
import { answerHeaders } from "./http/answer-headers.ts";
import { openDatabase } from "./db/database.ts";
import { createOutbox } from "./email/outbox.ts";
import {
  cloudflareEmail,
  resendEmail,
  type EmailTransport,
  type SendEmailBinding,
} from "./email/transports.ts";
import { holdAnswers } from "./http/held-answers.ts";
import { readHealth } from "./health.ts";
import { checkHeaders } from "./http/header-limits.ts";
import { bodyLimitBytes, checkInput } from "./input/input.ts";
import { createOpenApi } from "./openapi/document.ts";
import { acceptOlderSecrets } from "./cookies/older-secrets.ts";
import { authError, describeError, problem } from "./http/problem.ts";
import { releaseTry } from "./auth/throttle/guess.ts";
import { databaseFailed, databaseFailure } from "./http/database-failure.ts";
import { runInRequestScope } from "./request-scope.ts";
import { withSecurityHeaders } from "./http/security-headers.ts";
import { shield } from "./http/shield.ts";
import { createSessionCheck, ownHeaders, readSession } from "./session-check/session-check.ts";
import { sessionCookies } from "./cookies/binding.ts";
import { rememberHeaders } from "./session-check/headers.ts";
import { createUpkeep } from "./upkeep.ts";
import { withholdTokens } from "./http/withheld-tokens.ts";

export { withRoutes } from "./auth/routes/owner-routes.ts";

const daySeconds = 24 * 60 * 60;
const basePath = "/api/auth";

/** What a platform's owner decides. Every option has a default. */
export interface AppOptions {
  /**
   * Social sign-in. A name, `{ provider, ...options }` for one that needs more than credentials, or a provider of your
   * own: `{ provider: "openid-connect", id: "acme", name: "Acme", issuer: "https://id.acme.example" }`. Credentials are
   * the secrets `<NAME>_CLIENT_ID` and `<NAME>_CLIENT_SECRET` (or `<ID>_...`); without them the provider is off and
   * `/healthz` says so.
   */
  socialProviders?: readonly SocialProviderEntry[];
  /**
   * More Better Auth plugins. Their tables go into `own/schema.ts`. The policy of their routes comes with them:
   * `withRoutes(plugin, records)`; a route without a record is for people who are signed in, and each call is logged. One
   * that refuses to start, such as `scim()`, which demands transactions that D1 has not, makes a Worker that answers every
   * request 503 and names it.
   */
  plugins?: BetterAuthPlugin[];
  /** Replaces the transports that the bindings choose: EMAIL, else RESEND_API_KEY. */
  emailTransport?: EmailTransport;
  session?: {
    /** How long a session lasts without use. Default: 7 days. */
    lifetimeSeconds?: number;
    /** How often a used session is prolonged. Default: 1 day. */
    refreshSeconds?: number;
    /**
     * How long a session lasts however much it is used; then its user signs in again. Default: 30 days, the most that
     * NIST SP 800-63B-4 section 2.1.3 allows at AAL1; at AAL2 it is 24 hours.
     */
    absoluteLifetimeSeconds?: number;
  };
  /** Routes that a platform admin may also call in a user's name, such as `/notes/list`; the others are refused. */
  impersonationMayCall?: readonly string[];
  /**
   * What new passwords must be; by default as NIST SP 800-63B-4 section 3.1.1.2 says. There are no composition rules.
   */
  passwords?: {
    /** Least characters where the password alone signs in. Default: 15. */
    minLength?: number;
    /** Least characters for users who have two-factor authentication. Default: 8. */
    minLengthWithTwoFactor?: number;
    /** Whether Have I Been Pwned is asked, of which it learns five digits of a hash. Default: true. */
    checkBreaches?: boolean;
  };
  /** Whether platform admins must have two-factor authentication to act as such. Default: false. */
  platformAdminsNeedTwoFactor?: boolean;
  /** Services that `/api/auth/token?audience=` may name. Default: none; tokens are then for the platform. */
  tokenAudiences?: readonly string[];
  /** Days that audit events are kept. Default: 365. */
  auditRetentionDays?: number;
  /** Routes of your own, beside `/api/auth`. */
  routes?: (app: Hono) => void;
}

export interface AuthApp {
  /** `env` and `context` are for the owner's routes. */
  fetch(request: Request, env?: unknown, context?: ExecutionContext): Response | Promise<Response>;
  scheduled(): Promise<void>;
}

/**
 * The Worker's handler. A configuration that is wrong makes a handler that answers every request 503 and names the
 * variables; it never throws for one, so that a deployment shows what is missing.
 *
 * @param bindings the Worker's own, unless a test gives others.
 * @throws {RangeError} when `socialProviders` names one that Better Auth does not have, or describes one that cannot be.
 */
export function createAuthApp(options: AppOptions = {}, bindings: Bindings = { ...env }): AuthApp {
  const parsed = readConfig(bindings);
  if (!parsed.ok) return misconfigured(parsed.problems);
  const { config } = parsed;
  const database = openDatabase(bindings["DB"] as D1Database, {
    onFailure: databaseFailure.set,
  });
  const providers = readProviders(options.socialProviders ?? [], bindings);
  for (const { name, problem: why } of providers.states) {
    if (why !== undefined) console.warn(`socialProviders: ${name} is off: ${why}`);
  }

  const transport = options.emailTransport ?? chooseTransport(bindings, config.resendApiKey);
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

  /** What goes on after the answer; its failures are the log's, not the request's. */
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
  const plugins = options.plugins ?? [];
  const ownerRecords = ownerRoutes(plugins, templateRoutes);
  const routes = createRegister({ ...templateRoutes, ...ownerRecords });
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
    plugins,
    passwords,
    sessionLimits,
    impersonationMayCall: options.impersonationMayCall ?? [],
    sessionRefreshSeconds: options.session?.refreshSeconds ?? daySeconds,
    platformAdminsNeedTwoFactor: options.platformAdminsNeedTwoFactor ?? false,
    tokenAudiences: options.tokenAudiences ?? [],
  });

  let refused: PluginRefused | undefined;
  auth.$context.catch((error: unknown) => {
    if (!(error instanceof PluginRefused)) return;
    refused = error;
    console.error(`plugins: ${error.message}`);
  });
  const unservedRoutes = routesOf(auth.api).filter((name) => !routes.has(name));
  for (const name of unservedRoutes)
    console.error(`routes: ${name} has no record; it is not served`);

  const security: MiddlewareHandler = async (context, next) => {
    await next();
    context.res = withSecurityHeaders(context.res);
  };
  const crossOrigin = cors({
    origin: (origin) =>
      config.trustedOrigins.some((pattern) => matchesOrigin(origin, pattern)) ? origin : null,
    credentials: true,
    allowHeaders: ["Content-Type", "Authorization"],
    exposeHeaders: ["Retry-After"],
    maxAge: 600,
  });
  /** The record of the route that a request asks for. */
  const recordAt = (method: string, path: string) =>
    path.startsWith(`${basePath}/`) ? routes.at(method, path.slice(basePath.length)) : undefined;
  const authAnswers = answerHeaders(
    basePath,
    (method, path) => recordAt(method, path)?.publicSeconds,
  );
  const headersOf = (path: string, own: Record<string, string>) =>
    rememberHeaders(`${basePath}${path}`, [security, crossOrigin, authAnswers], own);
  const checkSession = createSessionCheck({
    auth,
    database,
    basePath,
    olderSecrets: config.secrets.length > 1,
    bound: config.cookieDomain !== undefined,
    limits: sessionLimits,
    headers: {
      session: headersOf(paths.session, ownHeaders.session),
      "get-session": headersOf(auth.api.getSession.path, ownHeaders["get-session"]),
    },
  });

  const app = new Hono();
  app.use(crossOrigin);
  app.use(
    shield(bindings["RATE_LIMITER"], {
      platformId: config.platformId,
      isUncounted: (method, path) => recordAt(method, path)?.uncounted === true,
      refuse,
    }),
  );
  app.use(checkHeaders(refuse));
  app.use(
    bodyLimit({
      maxSize: bodyLimitBytes,
      onError: (context) =>
        refuse(context.req.url)({
          status: 413,
          code: "BODY_TOO_LARGE",
          detail: `A body has at most ${bodyLimitBytes} bytes.`,
        }),
    }),
  );
  // Before a cookie is signed again: only the browser's own is.
  app.use(
    sessionCookies({
      cookieDomain: config.cookieDomain,
      authUrl: config.authUrl,
      secrets: config.secrets.map(({ value }) => value),
    }),
  );
  if (config.secrets.length > 1) {
    app.use(
      acceptOlderSecrets({
        secrets: config.secrets.map(({ value }) => value),
        session: {
          domain: config.cookieDomain,
          secure: config.authUrl.startsWith("https:"),
          maxAgeSeconds: sessionSeconds,
        },
      }),
    );
  }
  app.use(holdAnswers((method, path) => recordAt(method, path)?.held === true));
  app.use(withholdTokens(basePath));
  app.use(authAnswers);
  app.get("/healthz", () =>
    readHealth({
      config,
      database,
      providers: providers.states,
      email: transport?.name,
      unservedRoutes,
    }),
  );
  app.get("/claim", () =>
    claimPage({
      minPasswordLength: passwords.minLength,
      signInUrl: new URL(consolePages.signIn, config.consoleUrl).href,
    }),
  );
  app.get(`${basePath}${paths.session}`, (context) => readSession(auth, context.req.raw));
  app.get(`${basePath}${paths.openapi}`, createOpenApi(auth, routes, config.authUrl));
  app.use(
    `${basePath}/*`,
    checkInput(
      basePath,
      auth.api,
      getAuthTables(auth.options)["user"]?.fields ?? {},
      (method, path) => (routes.of({ method, path }) ?? routes.at(method, path))?.input ?? {},
    ),
  );
  const handle = createHandler(auth);
  app.all(`${basePath}/*`, (context) => handle(context.req.raw));
  options.routes?.(app);
  app.notFound(() => problem({ status: 404, code: "NOT_FOUND", detail: "There is nothing here." }));
  app.onError((error, context) => {
    if (error instanceof HTTPException) return error.getResponse();
    if (error instanceof PluginRefused) return pluginRefused(error);
    console.error(`request: ${describeError(error)}`);
    return refuse(context.req.url)({
      status: 500,
      code: "INTERNAL_ERROR",
      detail: "The request could not be carried out.",
    });
  });

  const answer = async (request: Request, env: unknown, context?: ExecutionContext) =>
    runInRequestScope(async () => {
      const result = await app.fetch(request, env, context);
      // A request that was refused before its route has not shown that its guess was right.
      await releaseTry.get()?.({ wrong: true });
      const failure = databaseFailure.get();
      return withSecurityHeaders(
        failure === undefined || result.status === 503
          ? result
          : databaseFailed(failure, result, refuse(request.url)),
      );
    });

  return {
    fetch(request, env, context) {
      if (refused !== undefined) return pluginRefused(refused);
      const checked = checkSession(request);
      // Each `await` is a turn of the loop, which costs a check without a cookie more than its answer does.
      if (checked instanceof Response) return checked;
      if (checked === undefined) return answer(request, env, context);
      return checked.then((response) => response ?? answer(request, env, context));
    },
    scheduled: upkeep.run,
  };
}

/** Errors in the shape that the caller of `url` reads: Better Auth's on its routes, problem+json elsewhere. */
function refuse(url: string): typeof problem {
  return new URL(url).pathname.startsWith(`${basePath}/`) ? authError : problem;
}

function chooseTransport(
  bindings: Bindings,
  resendApiKey: string | undefined,
): EmailTransport | undefined {
  const binding = bindings["EMAIL"];
  if (typeof binding === "object" && binding !== null) {
    return cloudflareEmail(binding as SendEmailBinding);
  }
  return resendApiKey === undefined ? undefined : resendEmail(resendApiKey);
}

function pluginRefused({ message }: PluginRefused): Response {
  return withSecurityHeaders(
    problem({ status: 503, code: "CONFIGURATION_INVALID", detail: message }),
  );
}

function misconfigured(problems: ConfigProblem[]): AuthApp {
  const list = problems.map(({ variable, problem: what }) => `${variable}: ${what}`).join("; ");
  console.error(`configuration: ${list}`);
  return {
    fetch: async () =>
      withSecurityHeaders(
        problem({
          status: 503,
          code: "CONFIGURATION_INVALID",
          detail: `This Worker is not configured: ${list}`,
          members: { problems },
        }),
      ),
    scheduled: async () => {},
  };
}
