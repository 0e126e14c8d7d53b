/**
 * createAuthApp() assembles the Worker of one platform. This file owns the order in which a request passes through the
 * middleware and the routes; what each of them does is defined in its own module.
 */
import { env } from "cloudflare:workers";
import { Hono, type MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import { HTTPException } from "hono/http-exception";
import { getAuthTables } from "better-auth/db";
import { matchesOrigin } from "../platform.ts";
import type { AppOptions, AuthApp } from "./app-options.ts";
import { turnstileSecret } from "./auth/bot-check/bot-check.ts";
import { requestPlace } from "./auth/mail/new-sign-ins.ts";
import { consolePages } from "./auth/mail/console-pages.ts";
import { withTrustedAddress } from "./http/client-address.ts";
import { createHandler } from "./auth/better-auth/handler.ts";
import { PluginRefused } from "./auth/better-auth/plugin-start.ts";
import { routesOf } from "./auth/routes/endpoints.ts";
import { paths } from "./auth/routes/paths.ts";
import { hashCaller } from "./auth/passwords/hash-caller.ts";
import { readConfig, type Bindings } from "./config.ts";
import { describeProblems, misconfigured, pluginRefused } from "./http/misconfigured.ts";
import { claimPage } from "./http/claim-page.ts";
import { endSessionsPage } from "./http/end-sessions-page.ts";
import { answerHeaders } from "./http/answer-headers.ts";
import { isUnder } from "./http/base-path.ts";
import { crossOrigin } from "./http/cross-origin.ts";
import { asGet, checkMethod, servedMethods, withoutBody } from "./http/methods.ts";
import { holdAnswers } from "./http/held-answers.ts";
import { readHealth } from "./health.ts";
import { checkHeaders } from "./http/header-limits.ts";
import { bodyLimitBytes, checkInput } from "./input/input.ts";
import { createOpenApi } from "./openapi/document.ts";
import { oauthStateCookieName, sessionCookieName } from "./cookies/names.ts";
import { bindSignaturesToNames } from "./cookies/named-signatures.ts";
import { oauthStateCookies } from "./cookies/oauth-state.ts";
import { acceptOlderSecrets } from "./cookies/older-secrets.ts";
import { programTokens } from "./cookies/program-tokens.ts";
import { createSigner } from "./cookies/signer.ts";
import { authError, describeError, problem } from "./http/problem.ts";
import { releaseTry } from "./auth/throttle/guess.ts";
import { databaseFailure, databaseFailureResponse } from "./http/database-failure.ts";
import { runInRequestScope } from "./request-scope.ts";
import { withSecurityHeaders } from "./http/security-headers.ts";
import { referencePage, referencePath } from "./http/reference-page.ts";
import { withRetryAfter } from "./http/retry-after.ts";
import { shield } from "./http/shield.ts";
import { createSessionCheck, ownHeaders, readSession } from "./session-check/session-check.ts";
import { sessionCookies } from "./cookies/session-cookies.ts";
import { rememberHeaders } from "./session-check/headers.ts";
import { withholdTokens } from "./http/withheld-tokens.ts";
import { createServices } from "./services.ts";

export type { AppOptions, AuthApp } from "./app-options.ts";
export { withRoutes } from "./auth/routes/owner-routes.ts";

const basePath = "/api/auth";

/**
 * Creates the Worker's handler. With an invalid configuration it does not throw: it returns a handler that answers every
 * request with 503 and names the variables, so that a deployment shows what is missing.
 *
 * @param bindings the Worker's own bindings, unless a test passes others.
 * @throws {RangeError} when `socialProviders` names a provider that Better Auth does not have, or an invalid one, when
 *   `limits` has no such number, and when `consoleOrigins` has something else than an origin.
 */
export function createAuthApp(options: AppOptions = {}, bindings: Bindings = { ...env }): AuthApp {
  const parsed = readConfig(bindings);
  if (!parsed.ok) {
    const { problems } = parsed;
    console.error(`configuration: ${describeProblems(problems)}`);
    return { fetch: async () => misconfigured(problems), scheduled: async () => {} };
  }
  const { config } = parsed;
  const turnstileKey = bindings[turnstileSecret];
  if (options.botCheck !== undefined && (typeof turnstileKey !== "string" || turnstileKey === "")) {
    const problems = [
      { variable: turnstileSecret, problem: "the option botCheck needs this secret" },
    ];
    console.error(`configuration: ${describeProblems(problems)}`);
    return { fetch: async () => misconfigured(problems), scheduled: async () => {} };
  }
  const {
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
  } = createServices(options, bindings, config);

  let refused: PluginRefused | undefined;
  auth.$context.catch((error: unknown) => {
    if (!(error instanceof PluginRefused)) return;
    refused = error;
    console.error(`plugins: ${error.message}`);
  });
  const apiRoutes = routesOf(auth.api);
  const unservedRoutes = apiRoutes.filter((name) => !routes.has(name));
  for (const name of unservedRoutes)
    console.error(`routes: ${name} has no record; it is not served`);

  const security: MiddlewareHandler = async (context, next) => {
    await next();
    context.res = withSecurityHeaders(context.res);
  };
  const corsHeaders = crossOrigin((origin) =>
    config.trustedOrigins.some((pattern) => matchesOrigin(origin, pattern)),
  );
  /** The record of the route that serves a request. */
  const recordAt = (method: string, path: string) =>
    path.startsWith(`${basePath}/`) ? routes.at(method, path.slice(basePath.length)) : undefined;
  const authHeaders = answerHeaders(
    basePath,
    (method, path) => recordAt(method, path)?.publicSeconds,
  );
  const headersOf = (path: string, own: Record<string, string>) =>
    rememberHeaders(`${basePath}${path}`, [security, corsHeaders, authHeaders], own);
  const secrets = config.secrets.map(({ value }) => value);
  const [secret = ""] = secrets;
  const signer = createSigner(secrets);
  const sessionCookie = sessionCookieName({ secure: config.authUrl.startsWith("https:") });
  const checkSession = createSessionCheck({
    auth,
    database: sessionDatabase,
    basePath,
    olderSecrets: config.secrets.length > 1,
    needsBinding: config.cookieDomain !== undefined,
    signer,
    limits: sessionLimits,
    headers: {
      session: headersOf(paths.session, ownHeaders.session),
      "get-session": headersOf(auth.api.getSession.path, ownHeaders["get-session"]),
    },
  });

  const methodsAt = servedMethods(basePath, [
    ...apiRoutes.filter((name) => routes.has(name)),
    `GET ${paths.session}`,
    `GET ${paths.openapi}`,
  ]);

  const app = new Hono();
  app.use(corsHeaders);
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
          detail: `The body must not be larger than ${bodyLimitBytes} bytes.`,
        }),
    }),
  );
  // Runs before acceptOlderSecrets, so that only the browser's own session cookie is signed again.
  app.use(
    sessionCookies({
      cookieDomain: config.cookieDomain,
      sessionCookie,
      secrets,
      signer,
      policyAt(method, path) {
        const record = recordAt(method, path);
        const wantsSession =
          record !== undefined && (record.who !== "anyone" || record.signsOut === true);
        return { unbound: record?.unbound === "allowed", wantsSession };
      },
      refuse,
    }),
  );
  app.use(bindSignaturesToNames({ sessionCookie, secrets, signer }));
  app.use(programTokens({ secret, signer }));
  if (config.secrets.length > 1) {
    app.use(
      acceptOlderSecrets({
        secrets,
        session: {
          domain: config.cookieDomain,
          secure: config.authUrl.startsWith("https:"),
          maxAgeSeconds: sessionLimits.lifetimeSeconds,
        },
      }),
    );
  }
  app.use(holdAnswers((method, path) => recordAt(method, path)?.held === true));
  const sessionColumns = Object.entries(getAuthTables(auth.options)["session"]?.fields ?? {});
  app.use(
    withholdTokens(
      basePath,
      new Set(sessionColumns.flatMap(([name, { returned }]) => (returned === false ? name : []))),
    ),
  );
  app.use(authHeaders);
  app.use(checkMethod(methodsAt, refuse));
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
  app.get("/sign-out-everywhere", () =>
    endSessionsPage({
      forgotPasswordUrl: new URL(consolePages.forgotPassword, config.consoleUrl).href,
    }),
  );
  app.get(`${basePath}${paths.session}`, (context) => readSession(auth, context.req.raw));
  app.get(`${basePath}${paths.openapi}`, createOpenApi(auth, routes, config.authUrl));
  app.use(
    `${basePath}/*`,
    checkInput({
      basePath,
      consoleUrl: config.consoleUrl,
      endpoints: auth.api,
      userFields: getAuthTables(auth.options)["user"]?.fields ?? {},
      readRoute: (method, path) => {
        const record = routes.of({ method, path }) ?? routes.at(method, path);
        return {
          rules: record?.input ?? {},
          isOwners: record !== undefined && ownersRoutes.has(record),
        };
      },
      limits,
    }),
  );
  app.use(`${basePath}/*`, oauthStateCookies(oauthStateCookieName(config)));
  const reference = referencePath(options.plugins ?? []);
  if (reference !== undefined) app.use(`${basePath}${reference}`, referencePage);
  const handle = createHandler(auth);
  app.all(`${basePath}/*`, (context) => handle(context.req.raw));
  options.routes?.(app);
  app.notFound(() =>
    problem({ status: 404, code: "NOT_FOUND", detail: "Nothing was found at this address." }),
  );
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

  const runApp = async (given: Request, env: unknown, context?: ExecutionContext) =>
    runInRequestScope(async () => {
      const request = withTrustedAddress(given);
      hashCaller.set({ headers: request.headers });
      requestPlace.set({ country: request.cf?.["country"], city: request.cf?.["city"] });
      const response = await app.fetch(request, env, context);
      // A request that was refused before it reached its route has not proved its guess right.
      await releaseTry.get()?.({ wrong: true });
      const failure = databaseFailure.get();
      const answered =
        failure === undefined || response.status === 503
          ? response
          : databaseFailureResponse(failure, response, refuse(request.url));
      return withSecurityHeaders(await withRetryAfter(answered));
    });

  const answer: AuthApp["fetch"] = (request, env, context) => {
    if (refused !== undefined) return pluginRefused(refused);
    const checked = checkSession(request);
    // A check without a cookie is answered synchronously: a turn of the event loop would cost more than the check.
    if (checked instanceof Response) return checked;
    if (checked === undefined) return runApp(request, env, context);
    return checked.then((response) => {
      if (response === undefined) return runApp(request, env, context);
      return response.ok ? response : withRetryAfter(response);
    });
  };

  return {
    fetch(request, env, context) {
      // Hono answers HEAD for its own routes. Better Auth's router has no route for it, and no record has.
      return request.method === "HEAD" && isUnder(basePath, new URL(request.url).pathname)
        ? withoutBody(answer(asGet(request), env, context))
        : answer(request, env, context);
    },
    scheduled: upkeep.run,
  };
}

/** Errors have Better Auth's format on its routes, and problem+json elsewhere. */
function refuse(url: string): typeof problem {
  return isUnder(basePath, new URL(url).pathname) ? authError : problem;
}
