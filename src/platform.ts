/**
 * The platform contract: what a platformId determines. Owns the names of hosts, URLs, cookies, databases and Workers;
 * pure, imports nothing, and the only place where these patterns are spelled.
 */

declare const brand: unique symbol;
/** A platform's id, checked: 10 characters of `a` to `z` and `0` to `9`. */
export type PlatformId = string & { readonly [brand]: "PlatformId" };

/** The domain under which every platform lives, unless a deployment says otherwise. */
export const defaultRootDomain = "nno.app";

const platformIdPattern = /^[a-z0-9]{10}$/;

function isPlatformId(value: unknown): value is PlatformId {
  return typeof value === "string" && platformIdPattern.test(value);
}

/** @throws {RangeError} when `value` is not a platformId; the message says what one looks like. */
function parsePlatformId(value: unknown): PlatformId {
  if (isPlatformId(value)) return value;
  throw new RangeError("a platformId has 10 characters, a to z and 0 to 9, for example k3m9p2xw7q");
}

const workerSuffix = "-default-auth";

export interface Platform {
  platformId: PlatformId;
  rootDomain: string;
  /** `auth.svc.default.<platformId>.<rootDomain>` */
  authHost: string;
  /** Origin of the auth Worker; also the issuer of its JWTs. */
  authUrl: string;
  /** Origin of the platform's console. */
  consoleUrl: string;
  /** The `Domain` of the session cookie: every host of this platform and no other. */
  cookieDomain: string;
  /** Origins that may call the Worker with credentials; `*` crosses dots and always follows a scheme. */
  trustedOrigins: string[];
  /** `<platformId>-default-auth-db` */
  databaseName: string;
  /** `<platformId>-default-auth` */
  workerName: string;
}

/**
 * Everything that follows from a platformId.
 *
 * @param options.rootDomain `nno.app`, or `nno.localhost` for a platform of the local Cloudflare (http, on `port`).
 * @throws {RangeError} when `id` is not a platformId.
 */
export function platform(
  id: string,
  options: { rootDomain?: string | undefined; port?: number | undefined } = {},
): Platform {
  const platformId = parsePlatformId(id);
  const rootDomain = options.rootDomain ?? defaultRootDomain;
  const scheme = isLocalHost(rootDomain) ? "http" : "https";
  const port = options.port === undefined ? "" : `:${options.port}`;
  const domain = `${platformId}.${rootDomain}`;
  const authHost = `auth.svc.default.${domain}`;
  return {
    platformId,
    rootDomain,
    authHost,
    authUrl: `${scheme}://${authHost}${port}`,
    consoleUrl: `${scheme}://console.app.default.${domain}${port}`,
    cookieDomain: `.${domain}`,
    trustedOrigins: [`${scheme}://*.${domain}${port}`],
    databaseName: `${platformId}${workerSuffix}-db`,
    workerName: `${platformId}${workerSuffix}`,
  };
}

export interface PlatformHost {
  /** `auth.svc`, or an app's: `console.app`. */
  service: string;
  platformId: PlatformId;
  rootDomain: string;
}

/** What a host (no port) says of itself: `<name>.svc.default.<platformId>.<rootDomain>`, or `.app.`; undefined for others. */
export function readPlatformHost(hostname: string): PlatformHost | undefined {
  const [, service, platformId, rootDomain] =
    /^([a-z0-9-]+\.(?:svc|app))\.default\.([^.]+)\.(.+)$/.exec(hostname) ?? [];
  if (service === undefined || rootDomain === undefined || !isPlatformId(platformId)) {
    return undefined;
  }
  return { service, platformId, rootDomain };
}

/** The platform whose Worker is called exactly this; undefined for any other Worker, whatever its name begins with. */
export function platformIdOfWorker(name: string): PlatformId | undefined {
  const id = name.slice(0, -workerSuffix.length);
  return name.endsWith(workerSuffix) && isPlatformId(id) ? id : undefined;
}

/** Whether a host name (no port) always means this machine: RFC 6761 section 6.3, and the loopback addresses. */
export function isLocalHost(hostname: string): boolean {
  return (
    hostname === "localhost" ||
    hostname.endsWith(".localhost") ||
    hostname === "127.0.0.1" ||
    hostname === "[::1]"
  );
}

/** Whether an `Origin` is one that `pattern` names; `*` stands for any characters that a host or port may have. */
export function matchesOrigin(origin: string, pattern: string): boolean {
  const source = pattern.replace(/[.+?^${}()|[\]\\]/g, "\\$&").replaceAll("*", "[a-z0-9.-]+");
  return new RegExp(`^${source}$`).test(origin);
}
