/**
 * Parses the Worker's bindings into its Config, once, when the isolate starts. This file owns every rule about variables
 * and secrets. It reports each missing or invalid one by name, never by value. A Worker with an invalid configuration
 * answers 503; it never falls back to a default secret. Nothing else reads `env`, except for the D1 and mail bindings.
 */
import * as z from "zod";
import { defaultRootDomain, isLocalHost, platform, type PlatformId } from "../platform.ts";

export type Bindings = Readonly<Record<string, unknown>>;

export interface Config {
  platformId: PlatformId;
  /** Origin of this Worker. */
  authUrl: string;
  /** Origin of the platform's console, where links in mails and redirects lead. */
  consoleUrl: string;
  /** `Domain` of the session cookie. When undefined (on localhost), the cookie is host-only. */
  cookieDomain: string | undefined;
  /** Patterns for `matchesOrigin`. */
  trustedOrigins: string[];
  /** The current secret comes first; older ones are kept for decryption. Versions are positive integers. */
  secrets: { version: number; value: string }[];
  emailFrom: string;
  resendApiKey: string | undefined;
  release: string;
  /** The jurisdiction of the database, as the job that made it has set it. */
  jurisdiction: string | undefined;
}

/** A variable that is missing or invalid. Its value is left out, since it may be a secret. */
export interface ConfigProblem {
  variable: string;
  problem: string;
}

const minimumSecretCharacters = 32;
const text = z.string().trim().min(1);

const origin = text.transform((value, context) => {
  const url = URL.parse(value);
  if (url === null || url.origin === "null" || value.replace(/\/$/, "") !== url.origin) {
    context.addIssue("must be an origin such as https://auth.example.com, with no path");
    return z.NEVER;
  }
  if (url.protocol !== "https:" && !(url.protocol === "http:" && isLocalHost(url.hostname))) {
    context.addIssue("must use https; http is only allowed on localhost");
    return z.NEVER;
  }
  return url.origin;
});

const originPattern = text.refine((value) => {
  const [scheme = "", host = ""] = value.split("://");
  const rest = host.startsWith("*.") ? host.slice(2) : host;
  const hostname = rest.replace(/:\d+$/, "");
  return (
    /^[a-z0-9-]+(\.[a-z0-9-]+)*(:\d+)?$/.test(rest) &&
    (isLocalHost(hostname) || hostname.includes(".")) &&
    (scheme === "https" || (scheme === "http" && isLocalHost(hostname)))
  );
}, "must list origins such as https://app.example.com or https://*.example.com, separated by commas");

const secret = text.min(
  minimumSecretCharacters,
  `must have at least ${minimumSecretCharacters} characters; generate one with: openssl rand -base64 32`,
);

const versionedSecrets = text.transform((value, context) => {
  const secrets = value.split(",").map((entry) => {
    const [, version, secretValue] = /^\s*(\d+):(.*)$/s.exec(entry) ?? [];
    return { version: Number(version), value: secretValue?.trim() ?? "" };
  });
  const versions = new Set(secrets.map(({ version }) => version));
  if (
    versions.size !== secrets.length ||
    secrets.some((entry) => !(entry.version > 0) || entry.value.length < minimumSecretCharacters)
  ) {
    context.addIssue(
      `must look like "2:<current>,1:<previous>": each secret needs its own version and at least ${minimumSecretCharacters} characters`,
    );
    return z.NEVER;
  }
  return secrets;
});

const variables = z.object({
  PLATFORM_ID: text.regex(/^[a-z0-9]{10}$/, "must have 10 characters, a to z and 0 to 9"),
  ROOT_DOMAIN: text
    .regex(/^[a-z0-9-]+(\.[a-z0-9-]+)+$/, "must be a domain such as nno.app")
    .default(defaultRootDomain),
  AUTH_URL: origin.optional(),
  CONSOLE_URL: origin.optional(),
  COOKIE_DOMAIN: text
    .regex(/^\.[a-z0-9-]+(\.[a-z0-9-]+)+$/, "must start with a dot, such as .example.com")
    .optional(),
  TRUSTED_ORIGINS: z
    .preprocess(
      (value) => (typeof value === "string" ? value.split(",").map((part) => part.trim()) : value),
      z.array(originPattern),
    )
    .optional(),
  EMAIL_FROM: text
    .regex(
      /^[^<>\r\n]*<?[^\s<>@]+@[^\s<>@]+>?$/,
      "must be an address such as Name <mail@example.com>",
    )
    .optional(),
  RESEND_API_KEY: text.optional(),
  RELEASE: text.default("unversioned"),
  JURISDICTION: text.optional(),
  BETTER_AUTH_SECRET: secret.optional(),
  BETTER_AUTH_SECRETS: versionedSecrets.optional(),
  DB: z.custom(
    (value) => typeof value === "object" && value !== null && "prepare" in value,
    "must be bound to the platform's D1 database",
  ),
});

/** Parses the Worker's bindings. All problems are reported together, so that one deployment can fix them all. */
export function readConfig(
  bindings: Bindings,
): { ok: true; config: Config } | { ok: false; problems: ConfigProblem[] } {
  // An empty variable counts as unset: dashboards and `--var X:` leave empty ones behind.
  const set = Object.fromEntries(Object.entries(bindings).filter(([, value]) => value !== ""));
  const parsed = variables.safeParse(set);
  if (!parsed.success) {
    return { ok: false, problems: parsed.error.issues.map((issue) => describeIssue(issue, set)) };
  }
  const values = parsed.data;
  const contract = platform(values.PLATFORM_ID, { rootDomain: values.ROOT_DOMAIN });
  const authUrl = values.AUTH_URL ?? contract.authUrl;
  const authHost = new URL(authUrl).hostname;
  const consoleUrl = values.CONSOLE_URL ?? consoleBeside(authUrl, contract);
  const cookieDomain =
    values.COOKIE_DOMAIN ?? (authHost === "localhost" ? undefined : contract.cookieDomain);

  const problems: ConfigProblem[] = [];
  if (cookieDomain !== undefined && !authHost.endsWith(cookieDomain)) {
    problems.push({
      variable: values.COOKIE_DOMAIN === undefined ? "AUTH_URL" : "COOKIE_DOMAIN",
      problem: `the host of the auth URL must be within the cookie domain; set AUTH_URL and COOKIE_DOMAIN together`,
    });
  }
  const rootDomain = `.${values.ROOT_DOMAIN}`;
  const coversRootDomain = cookieDomain !== undefined && rootDomain.endsWith(cookieDomain);
  const belongsToAnother =
    cookieDomain?.endsWith(rootDomain) === true && !cookieDomain.endsWith(contract.cookieDomain);
  if (coversRootDomain || belongsToAnother) {
    problems.push({
      variable: "COOKIE_DOMAIN",
      problem:
        "must not cover other platforms; under the root domain only this platform's own domain is allowed",
    });
  }
  const secrets = values.BETTER_AUTH_SECRETS ?? [];
  if (secrets.length === 0 && values.BETTER_AUTH_SECRET === undefined) {
    problems.push({
      variable: "BETTER_AUTH_SECRET",
      problem: "is missing; set it with: npx wrangler secret put BETTER_AUTH_SECRET",
    });
  }
  // BETTER_AUTH_SECRET counts as version 1, so that the first rotation only has to add version 2.
  if (values.BETTER_AUTH_SECRET !== undefined && !secrets.some(({ version }) => version === 1)) {
    secrets.push({ version: 1, value: values.BETTER_AUTH_SECRET });
  }
  if (problems.length > 0) return { ok: false, problems };

  const localPorts = authHost === "localhost" ? ["http://localhost:*"] : [];
  return {
    ok: true,
    config: {
      platformId: contract.platformId,
      authUrl,
      consoleUrl,
      cookieDomain,
      trustedOrigins: [
        ...new Set([
          ...platformOrigins(authUrl, contract.platformId, values.ROOT_DOMAIN),
          ...localPorts,
          consoleUrl,
          ...(values.TRUSTED_ORIGINS ?? []),
        ]),
      ],
      secrets,
      emailFrom: values.EMAIL_FROM ?? `no-reply@${contract.platformId}.${values.ROOT_DOMAIN}`,
      resendApiKey: values.RESEND_API_KEY,
      release: values.RELEASE,
      jurisdiction: values.JURISDICTION,
    },
  };
}

/** The platform's own wildcard origin. It has the port of the auth URL if that names one, as on a local edge. */
function platformOrigins(authUrl: string, platformId: PlatformId, rootDomain: string): string[] {
  const { hostname, port } = new URL(authUrl);
  const onRootDomain = hostname.endsWith(`.${rootDomain}`) && port !== "";
  return platform(platformId, { rootDomain, port: onRootDomain ? Number(port) : undefined })
    .trustedOrigins;
}

function consoleBeside(authUrl: string, contract: ReturnType<typeof platform>): string {
  const { hostname, port } = new URL(authUrl);
  return hostname === contract.authHost && port !== ""
    ? platform(contract.platformId, { rootDomain: contract.rootDomain, port: Number(port) })
        .consoleUrl
    : contract.consoleUrl;
}

function describeIssue(issue: z.core.$ZodIssue, bindings: Bindings): ConfigProblem {
  const variable = String(issue.path[0] ?? "");
  if (issue.code !== "invalid_type") return { variable, problem: issue.message };
  return { variable, problem: bindings[variable] === undefined ? "is missing" : "must be text" };
}
