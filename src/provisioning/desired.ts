/**
 * What a platform should be: the contract, the release, and what its operator chose. Pure. A variable that is neither in
 * the contract nor chosen now keeps the value that the Worker has: Cloudflare is the only state.
 */
import { platform, type Platform } from "../platform.ts";
import { ProvisioningError, nothingChanged } from "./provisioning-error.ts";
import type { Release } from "./release.ts";

export interface PlatformChoices {
  /** Default: nno.app */
  rootDomain?: string | undefined;
  /** Of the edge of a local Cloudflare. */
  port?: number | undefined;
  /** Serves the platform instead of the contract's auth host. */
  customDomain?: string | undefined;
  consoleUrl?: string | undefined;
  /** Default with a custom domain: the domain above it. */
  cookieDomain?: string | undefined;
  emailFrom?: string | undefined;
  /** The zone of the custom domain; default: Cloudflare finds it. */
  zoneName?: string | undefined;
  /** D1's location hint: wnam, enam, weur, eeur, apac or oc. Counts when the database is made. */
  location?: string | undefined;
  /** Secrets to set with this upload. */
  secrets?: Readonly<Record<string, string>> | undefined;
}

export interface Desired {
  contract: Platform;
  release: Release;
  choices: PlatformChoices;
  /** Plain variables that must have these values. */
  variables: Record<string, string>;
}

/** Every Worker of this job has it: a fleet is found by it. */
export const productTag = "nno-auth";
const releaseTagPrefix = "nno-auth-release-";

export const releaseTag = (release: { tag: string }) => `${releaseTagPrefix}${release.tag}`;

/** The release that a Worker's tags name. */
export function readRelease(tags: readonly string[]): string | undefined {
  return tags.find((tag) => tag.startsWith(releaseTagPrefix))?.slice(releaseTagPrefix.length);
}

export function desire(platformId: string, release: Release, choices: PlatformChoices): Desired {
  const contract = readPlatform(platformId, choices);
  checkChoices(choices);
  const variables: Record<string, string> = {
    PLATFORM_ID: contract.platformId,
    ROOT_DOMAIN: contract.rootDomain,
    RELEASE: release.tag,
  };
  if (choices.port !== undefined) variables["AUTH_URL"] = contract.authUrl;
  if (choices.customDomain !== undefined) {
    const cookieDomain = choices.cookieDomain ?? choices.customDomain.replace(/^[^.]+/, "");
    variables["AUTH_URL"] = `https://${choices.customDomain}`;
    variables["COOKIE_DOMAIN"] = cookieDomain;
    variables["TRUSTED_ORIGINS"] = `https://*${cookieDomain}`;
  } else if (choices.cookieDomain !== undefined) {
    variables["COOKIE_DOMAIN"] = choices.cookieDomain;
  }
  if (choices.consoleUrl !== undefined) variables["CONSOLE_URL"] = choices.consoleUrl;
  if (choices.emailFrom !== undefined) variables["EMAIL_FROM"] = choices.emailFrom;
  return { contract, release, choices, variables };
}

/** @throws ProvisioningError `input_invalid` when `platformId` is not one. */
export function readPlatform(
  platformId: string,
  { rootDomain, port }: { rootDomain?: string | undefined; port?: number | undefined },
): Platform {
  try {
    return platform(platformId, { rootDomain, port });
  } catch (cause) {
    throw invalid(cause instanceof Error ? cause.message : "the platformId is not one", cause);
  }
}

const locations = ["wnam", "enam", "weur", "eeur", "apac", "oc"];
const hostPattern = /^[a-z0-9-]+(\.[a-z0-9-]+)+$/;

function checkChoices({ customDomain, location, secrets, cookieDomain }: PlatformChoices): void {
  if (customDomain !== undefined && !/^[a-z0-9-]+(\.[a-z0-9-]+){2,}$/.test(customDomain)) {
    throw invalid(`the custom domain must be a host below a domain, such as auth.example.com`);
  }
  if (
    cookieDomain !== undefined &&
    !(cookieDomain[0] === "." && hostPattern.test(cookieDomain.slice(1)))
  ) {
    throw invalid("the cookie domain must start with a dot, such as .example.com");
  }
  if (location !== undefined && !locations.includes(location)) {
    throw invalid(`the location must be one of ${locations.join(", ")}`);
  }
  for (const [name, value] of Object.entries(secrets ?? {})) {
    if (!/^[A-Z][A-Z0-9_]*$/.test(name)) throw invalid(`${name} cannot be the name of a secret`);
    if (value === "") throw invalid(`the secret ${name} is empty`);
  }
}

function invalid(what: string, cause?: unknown): ProvisioningError {
  return new ProvisioningError("input_invalid", what, {
    state: nothingChanged,
    next: "correct it and run again",
    cause,
  });
}
