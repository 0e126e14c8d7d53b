/**
 * What an operator may choose for a platform, and the rules for it. A Worker with a wrong configuration answers 503, so
 * everything that the Worker would refuse is refused here, before anything is changed. Pure. choices.test.ts checks that the
 * Worker agrees.
 */
import { isLocalHost, type Platform } from "../platform.ts";
import { invalidInput } from "./provisioning-error.ts";

export interface PlatformChoices {
  /** Default: nno.app */
  rootDomain?: string | undefined;
  /** The port of a local Cloudflare's edge. */
  port?: number | undefined;
  /** The platform answers at this host instead of the contract's auth host. */
  customDomain?: string | undefined;
  consoleUrl?: string | undefined;
  /** Only with a custom domain, which needs either this or `zoneName`. */
  cookieDomain?: string | undefined;
  emailFrom?: string | undefined;
  /** The zone of the custom domain. Default: Cloudflare finds it. */
  zoneName?: string | undefined;
  /** D1's location hint: wnam, enam, weur, eeur, apac or oc. It counts only when the database is created. */
  location?: string | undefined;
  /**
   * Where the database may run and keep its data: `eu`, `us` or `fedramp`. It counts only when the database is created, and
   * a database can never be given one later. It takes the place of `location`.
   */
  jurisdiction?: string | undefined;
  /** Secrets to set with this upload. */
  secrets?: Readonly<Record<string, string>> | undefined;
  /** Only this address can use the claim link. */
  claimEmail?: string | undefined;
}

const locations = ["wnam", "enam", "weur", "eeur", "apac", "oc"];
const jurisdictions = ["eu", "us", "fedramp"];
const domainPattern = /^[a-z0-9-]+(\.[a-z0-9-]+)+$/;
const addressPattern = /^[^\s<>@]+@[^\s<>@]+$/;
const senderPattern = /^[^<>\r\n]*<?[^\s<>@]+@[^\s<>@]+>?$/;

/** @throws ProvisioningError `input_invalid` */
export function checkChoices(choices: PlatformChoices, contract: Platform): void {
  const { consoleUrl, emailFrom, claimEmail, location, jurisdiction } = choices;
  checkDomains(choices, contract);
  if (consoleUrl !== undefined && !isOrigin(consoleUrl)) {
    throw invalidInput(
      "the console URL must be an origin such as https://console.example.com, without a path; http is only allowed for localhost",
    );
  }
  if (emailFrom !== undefined && !senderPattern.test(emailFrom)) {
    throw invalidInput("the sender must be an address such as Name <mail@example.com>");
  }
  if (claimEmail !== undefined && !addressPattern.test(claimEmail)) {
    throw invalidInput("the claim's address must be one such as admin@example.com");
  }
  if (location !== undefined && !locations.includes(location)) {
    throw invalidInput(`the location must be one of ${locations.join(", ")}`);
  }
  if (jurisdiction !== undefined && !jurisdictions.includes(jurisdiction)) {
    throw invalidInput(`the jurisdiction must be one of ${jurisdictions.join(", ")}`);
  }
  if (jurisdiction !== undefined && location !== undefined) {
    throw invalidInput(
      "give either a jurisdiction or a location: D1 ignores the location of a database with a jurisdiction",
    );
  }
  checkSecrets(choices.secrets ?? {});
}

function checkDomains(choices: PlatformChoices, contract: Platform): void {
  const { customDomain, zoneName } = choices;
  if (customDomain !== undefined && !/^[a-z0-9-]+(\.[a-z0-9-]+){2,}$/.test(customDomain)) {
    throw invalidInput("the custom domain must be a host below a domain, such as auth.example.com");
  }
  if (zoneName !== undefined && !domainPattern.test(zoneName)) {
    throw invalidInput("the zone must be a domain such as example.com");
  }
  if (customDomain === undefined) {
    if (choices.cookieDomain !== undefined) {
      throw invalidInput(
        "a cookie domain needs a custom domain: at the standard host, the cookie domain is fixed",
      );
    }
    return;
  }
  if (zoneName !== undefined && !`.${customDomain}`.endsWith(`.${zoneName}`)) {
    throw invalidInput(`the custom domain ${customDomain} is not in the zone ${zoneName}`);
  }
  checkCookieDomain(cookieDomainOf(choices), customDomain, contract);
}

/**
 * The cookie domain of a custom domain. It is never guessed from the host: the domain above `acme.co.uk` belongs to everybody.
 *
 * @throws ProvisioningError `input_invalid` if it is neither given nor follows from the zone.
 */
export function cookieDomainOf({ cookieDomain, zoneName }: PlatformChoices): string {
  if (cookieDomain !== undefined) return cookieDomain;
  if (zoneName !== undefined) return `.${zoneName}`;
  throw invalidInput(
    "a custom domain needs --cookie-domain, such as .example.com, or --zone: which hosts share the session cannot be guessed",
  );
}

function checkCookieDomain(cookieDomain: string, host: string, contract: Platform): void {
  if (!(cookieDomain[0] === "." && domainPattern.test(cookieDomain.slice(1)))) {
    throw invalidInput("the cookie domain must start with a dot, such as .example.com");
  }
  if (!host.endsWith(cookieDomain)) {
    throw invalidInput(
      `the custom domain ${host} must lie inside the cookie domain ${cookieDomain}`,
    );
  }
  const rootDomain = `.${contract.rootDomain}`;
  const isShared = rootDomain.endsWith(cookieDomain);
  const isAnothers =
    cookieDomain.endsWith(rootDomain) && !cookieDomain.endsWith(contract.cookieDomain);
  if (isShared || isAnothers) {
    throw invalidInput(`the cookie domain ${cookieDomain} reaches other platforms`);
  }
}

function isOrigin(value: string): boolean {
  if (!URL.canParse(value)) return false;
  const { origin, protocol, hostname } = new URL(value);
  const isSafe = protocol === "https:" || (protocol === "http:" && isLocalHost(hostname));
  return isSafe && value.replace(/\/$/, "") === origin;
}

/** Bindings and variables that the job sets itself. A secret with one of these names would take its place. */
const reserved = new Set([
  "DB",
  "EMAIL",
  "RATE_LIMITER",
  "PLATFORM_ID",
  "ROOT_DOMAIN",
  "RELEASE",
  "AUTH_URL",
  "CONSOLE_URL",
  "COOKIE_DOMAIN",
  "TRUSTED_ORIGINS",
  "EMAIL_FROM",
  "JURISDICTION",
]);
const minimumSecretCharacters = 32;

/** Its errors name what is wrong and never contain a value. */
function checkSecrets(secrets: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(secrets)) {
    if (!/^[A-Z][A-Z0-9_]*$/.test(name)) {
      throw invalidInput(`${name} cannot be the name of a secret`);
    }
    if (reserved.has(name)) throw invalidInput(`${name} is not a secret: provisioning sets it`);
    if (value.trim() === "") throw invalidInput(`the secret ${name} is empty`);
  }
  const { BETTER_AUTH_SECRET: secret, BETTER_AUTH_SECRETS: versions } = secrets;
  if (secret !== undefined && secret.trim().length < minimumSecretCharacters) {
    throw invalidInput(
      `BETTER_AUTH_SECRET must have at least ${minimumSecretCharacters} characters; make one with: openssl rand -base64 32`,
    );
  }
  if (versions !== undefined && !areVersionedSecrets(versions)) {
    throw invalidInput(
      `BETTER_AUTH_SECRETS must read "2:<current>,1:<previous>", each with a version of its own and at least ${minimumSecretCharacters} characters`,
    );
  }
}

function areVersionedSecrets(value: string): boolean {
  const entries = value.split(",").map((entry) => /^\s*(\d+):(.*)$/s.exec(entry));
  const versions = new Set(entries.map((entry) => Number(entry?.[1])));
  return (
    versions.size === entries.length &&
    entries.every(
      (entry) =>
        Number(entry?.[1]) > 0 && (entry?.[2]?.trim().length ?? 0) >= minimumSecretCharacters,
    )
  );
}
