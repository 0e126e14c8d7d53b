/**
 * Finds the address of the platform's auth Worker: in the options of the app, in the variables that Vite put into
 * `import.meta.env`, or in the host name of the page. Decides which of them counts, and sends no request.
 */
import { platform, readPlatformHost } from "../platform.ts";

/** Options of an app. Those that it leaves out come from the environment. */
export interface NnoAuthOptions {
  /**
   * The address of the auth Worker, `https://auth.svc.default.<platformId>.nno.app`, or a path of this origin that the
   * development server forwards, `/api/auth`. Default: `VITE_AUTH_URL` or `VITE_AUTH_API_URL`. Without them, a page at a
   * host of a platform (`console.app.default.<platformId>.nno.app`) uses the auth Worker of that platform.
   */
  authUrl?: string | undefined;
  /** The platform that this app belongs to. Default: `VITE_PLATFORM_ID`. */
  platformId?: string | undefined;
}

/** The variables that are read from Vite. */
export interface NnoAuthEnvironment {
  VITE_AUTH_URL?: string | undefined;
  VITE_AUTH_API_URL?: string | undefined;
  VITE_PLATFORM_ID?: string | undefined;
  /** Set by Vite: true in its development server, where the proxy runs. */
  DEV?: boolean | undefined;
}

export type NnoConfigurationErrorCode =
  | "auth_url_missing"
  | "auth_url_invalid"
  | "auth_urls_disagree"
  | "platform_id_invalid";

/** The app is configured wrongly. The message says which variable to set, and to what. */
export class NnoConfigurationError extends Error {
  override readonly name = "NnoConfigurationError";
  readonly code: NnoConfigurationErrorCode;

  constructor(code: NnoConfigurationErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export interface Configuration {
  /** The absolute URL of Better Auth's routes, without a slash at the end: `https://auth.…/api/auth`. */
  baseUrl: string;
  platformId: string | undefined;
  /** Probable mistakes, to be shown in the browser's developer console. */
  warnings: string[];
}

const defaultPath = "/api/auth";

/**
 * @param pageOrigin the origin that a path is relative to. Undefined outside a browser.
 * @throws {NnoConfigurationError}
 */
export function readConfiguration(
  options: NnoAuthOptions,
  environment: NnoAuthEnvironment,
  pageOrigin: string | undefined,
): Configuration {
  const platformId = readPlatformId(options.platformId ?? nonEmpty(environment.VITE_PLATFORM_ID));
  const authUrl = options.authUrl ?? authUrlOf(environment, pageOrigin);
  const url = readUrl(authUrl, pageOrigin);
  const path = url.pathname.replace(/\/+$/, "");
  return {
    baseUrl: `${url.origin}${path === "" ? defaultPath : path}`,
    platformId,
    warnings: platformId === undefined ? [] : warningsOf(url, platformId),
  };
}

/** Vite replaces `import.meta.env` at build time. Elsewhere it does not exist. */
export function viteEnvironment(): NnoAuthEnvironment {
  return (import.meta as unknown as { env?: NnoAuthEnvironment }).env ?? {};
}

/** A variable that is not set is often present but empty in a `.env` file. */
function nonEmpty(value: string | undefined): string | undefined {
  const trimmed = value?.trim();
  return trimmed === "" ? undefined : trimmed;
}

function authUrlOf(environment: NnoAuthEnvironment, pageOrigin: string | undefined): string {
  const proxied = nonEmpty(environment.VITE_AUTH_API_URL);
  const isWhole = proxied !== undefined && !proxied.startsWith("/");
  // One build can serve the apps of all platforms, because each has a host of its own.
  const direct =
    nonEmpty(environment.VITE_AUTH_URL) ?? (isWhole ? undefined : authUrlOfPageHost(pageOrigin));
  if (direct === undefined && proxied === undefined) {
    throw new NnoConfigurationError(
      "auth_url_missing",
      "The auth Worker's address is not set. Set VITE_AUTH_URL=https://auth.svc.default.<platformId>.nno.app " +
        "in the console's .env, or VITE_AUTH_API_URL=/api/auth behind the Vite proxy, or pass authUrl to " +
        "createNnoAuthClient().",
    );
  }
  if (direct === undefined) return proxied ?? "";
  if (proxied === undefined) return direct;
  // Only the development server has the proxy. With the path, a build would send requests to the console's own host.
  if (!isWhole) return environment.DEV === true ? proxied : direct;
  if (URL.canParse(proxied) && URL.canParse(direct)) {
    if (new URL(proxied).origin === new URL(direct).origin) return proxied;
  }
  throw new NnoConfigurationError(
    "auth_urls_disagree",
    `VITE_AUTH_URL (${direct}) and VITE_AUTH_API_URL (${proxied}) are two different servers. Keep only one of them.`,
  );
}

/** The auth Worker of the platform in the page's host name, on the same port if the page is served by a local edge. */
function authUrlOfPageHost(pageOrigin: string | undefined): string | undefined {
  const page = pageOrigin === undefined ? null : URL.parse(pageOrigin);
  const named = readPlatformHost(page?.hostname ?? "");
  if (page === null || named === undefined) return undefined;
  const port = page.port === "" ? undefined : Number(page.port);
  return platform(named.platformId, { rootDomain: named.rootDomain, port }).authUrl;
}

function readUrl(authUrl: string, pageOrigin: string | undefined): URL {
  const isPath = authUrl.startsWith("/") && !authUrl.startsWith("//");
  if (isPath && pageOrigin === undefined) {
    throw new NnoConfigurationError(
      "auth_url_invalid",
      `${authUrl} is a path, and outside a page there is no origin that it belongs to. Set a whole URL.`,
    );
  }
  const whole = isPath ? `${pageOrigin}${authUrl}` : authUrl;
  const url = URL.canParse(whole) ? new URL(whole) : undefined;
  const isHttp = url?.protocol === "https:" || url?.protocol === "http:";
  if (url === undefined || !isHttp || url.search !== "" || url.hash !== "") {
    throw new NnoConfigurationError(
      "auth_url_invalid",
      `${JSON.stringify(authUrl)} is not the address of an auth Worker. It looks like ` +
        "https://auth.svc.default.<platformId>.nno.app, or /api/auth behind a proxy.",
    );
  }
  return url;
}

function readPlatformId(value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  try {
    return platform(value).platformId;
  } catch (cause) {
    throw new NnoConfigurationError(
      "platform_id_invalid",
      `${JSON.stringify(value)} is not a platformId. It has 10 characters, a to z and 0 to 9 (VITE_PLATFORM_ID).`,
      { cause },
    );
  }
}

/** Only a standard host names its platform, so a custom domain cannot be checked. */
function warningsOf(url: URL, platformId: string): string[] {
  const named = readPlatformHost(url.hostname);
  if (named?.service !== "auth.svc" || named.platformId === platformId) return [];
  const { authHost } = platform(platformId, { rootDomain: named.rootDomain });
  return [
    `${url.origin} is the auth Worker of platform ${named.platformId}, but this app belongs to ${platformId}, whose auth ` +
      `Worker is at ${authHost}. A session of one platform is not valid on another.`,
  ];
}
