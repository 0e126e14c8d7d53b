/**
 * Where this console's auth Worker is. One build serves every platform: what the build was told first, then what the
 * console's own host implies.
 */
interface Environment {
  readonly VITE_AUTH_URL?: string | undefined;
  readonly VITE_AUTH_API_URL?: string | undefined;
}

const consoleHost = /^console\.app\.default\.([a-z0-9]{10}\..+)$/;

export function readAuthUrl(
  environment: Environment,
  location: Pick<Location, "protocol" | "host" | "origin">,
): string {
  const { VITE_AUTH_URL: url, VITE_AUTH_API_URL: proxied } = environment;
  if (url !== undefined && url !== "") return url;
  const [, platform] = consoleHost.exec(location.host) ?? [];
  if (platform !== undefined) return `${location.protocol}//auth.svc.default.${platform}`;
  // Behind a proxy, which serves the Worker at this origin.
  return new URL(proxied ?? "/api/auth", location.origin).href;
}
