/**
 * Where the platform's auth Worker is: what the app passed, or what Vite put into `import.meta.env`, or what the host of
 * the page says by its name. Owns the rules between them; asks nothing of the network.
 */
import { platform, readPlatformHost } from "../platform.ts";

/** What an app may say itself; what it leaves out comes from the environment. */
export interface NnoAuthOptions {
  /**
   * The auth Worker: `https://auth.svc.default.<platformId>.nno.app`, or a path of this origin, `/api/auth`, which the
   * development server forwards. Default: `VITE_AUTH_URL`, or `VITE_AUTH_API_URL`; without them the auth Worker of the
   * platform whose host the page is at (`console.app.default.<platformId>.nno.app`).
   */
  authUrl?: string | undefined;
  /** The platform that this app belongs to. Default: `VITE_PLATFORM_ID`. */
  platformId?: string | undefined;
}

/** The variables of Vite that are read. */
export interface NnoAuthEnvironment {
  VITE_AUTH_URL?: string | undefined;
  VITE_AUTH_API_URL?: string | undefined;
  VITE_PLATFORM_ID?: string | undefined;
  /** Vite's own: whether its development server, and so its proxy, runs. */
  DEV?: boolean | undefined;
}

export type NnoConfigurationErrorCode =
  | "auth_url_missing"
  | "auth_url_invalid"
  | "auth_urls_disagree"
  | "platform_id_invalid";

/** The app is set up wrongly; the message says which variable to set to what. */
export class NnoConfigurationError extends Error {
  override readonly name = "NnoConfigurationError";
  readonly code: NnoConfigurationErrorCode;

  constructor(code: NnoConfigurationErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export interface Configuration {
  /** Absolute, with Better Auth's path, no slash at the end: `https://auth.…/api/auth`. */
  baseUrl: string;
  platformId: string | undefined;
  /** What is probably a mistake, for the console of a developer. */
  warnings: string[];
}

const defaultPath = "/api/auth";

/**
 * @param pageOrigin the origin that a path is of; undefined outside a browser.
 * @throws {NnoConfigurationError}
 */
export function readConfiguration(
  options: NnoAuthOptions,
  environment: NnoAuthEnvironment,
  pageOrigin: string | undefined,
): Configuration {
  const platformId = readPlatformId(options.platformId ?? said(environment.VITE_PLATFORM_ID));
  const authUrl = options.authUrl ?? authUrlOf(environment, pageOrigin);
  const url = readUrl(authUrl, pageOrigin);
  const path = url.pathname.replace(/\/+$/, "");
  return {
    baseUrl: `${url.origin}${path === "" ? defaultPath : path}`,
    platformId,
    warnings: platformId === undefined ? [] : warningsOf(url, platformId),
  };
}

/** What Vite replaces at build time. Elsewhere `import.meta.env` does not exist. */
export function viteEnvironment(): NnoAuthEnvironment {
  return (import.meta as unknown as { env?: NnoAuthEnvironment }).env ?? {};
}

/** An unset variable of a `.env` file is often an empty one. */
function said(value: string | undefined): string | undefined {
  const trimmed = value?.trim();
  return trimmed === "" ? undefined : trimmed;
}

function authUrlOf(environment: NnoAuthEnvironment, pageOrigin: string | undefined): string {
  const proxied = said(environment.VITE_AUTH_API_URL);
  const isWhole = proxied !== undefined && !proxied.startsWith("/");
  // One build serves the app of every platform, each at its own host.
  const direct =
    said(environment.VITE_AUTH_URL) ?? (isWhole ? undefined : authUrlBeside(pageOrigin));
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
  // Only the development server has the proxy: a build that kept the path would ask the console's own host.
  if (!isWhole) return environment.DEV === true ? proxied : direct;
  if (URL.canParse(proxied) && URL.canParse(direct)) {
    if (new URL(proxied).origin === new URL(direct).origin) return proxied;
  }
  throw new NnoConfigurationError(
    "auth_urls_disagree",
    `VITE_AUTH_URL (${direct}) and VITE_AUTH_API_URL (${proxied}) are two different servers. Keep one of them.`,
  );
}

/** The auth Worker of the platform that an app's own host names, on the port of a local edge when there is one. */
function authUrlBeside(pageOrigin: string | undefined): string | undefined {
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
      `${authUrl} is a path of the page's own origin, and there is no page here. Set a whole URL.`,
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
      `${JSON.stringify(value)} is no platformId: it has 10 characters, a to z and 0 to 9 (VITE_PLATFORM_ID).`,
      { cause },
    );
  }
}

/** A custom domain says nothing of its platform; the standard host does. */
function warningsOf(url: URL, platformId: string): string[] {
  const named = readPlatformHost(url.hostname);
  if (named?.service !== "auth.svc" || named.platformId === platformId) return [];
  const { authHost } = platform(platformId, { rootDomain: named.rootDomain });
  return [
    `${url.origin} is the auth Worker of platform ${named.platformId}, but this app belongs to ${platformId}, whose is ` +
      `at ${authHost}. Sessions of one are worth nothing at the other.`,
  ];
}
