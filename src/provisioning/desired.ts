/**
 * What a platform should be: the contract, the release, and what its operator chose. Pure. Cloudflare is the only state, so a
 * variable that is neither in the contract nor chosen this time keeps the value that the Worker has.
 */
import { isLocalHost, platform, type Platform } from "../platform.ts";
import { checkChoices, cookieDomainOf, type PlatformChoices } from "./choices.ts";
import { invalidInput } from "./provisioning-error.ts";
import type { Release } from "./release.ts";

export interface Desired {
  contract: Platform;
  release: Release;
  choices: PlatformChoices;
  /** Plain-text variables that must have these values. */
  variables: Record<string, string>;
}

/** Every Worker that this job uploads has this tag. A fleet is found by it. */
export const productTag = "nno-auth";
const releaseTagPrefix = "nno-auth-release-";

export const releaseTag = (release: { tag: string }) => `${releaseTagPrefix}${release.tag}`;

/** The release that a Worker's tags name. */
export function readRelease(tags: readonly string[]): string | undefined {
  return tags.find((tag) => tag.startsWith(releaseTagPrefix))?.slice(releaseTagPrefix.length);
}

export function desire(platformId: string, release: Release, choices: PlatformChoices): Desired {
  const contract = readPlatform(platformId, choices);
  checkChoices(choices, contract);
  const variables: Record<string, string> = {
    PLATFORM_ID: contract.platformId,
    ROOT_DOMAIN: contract.rootDomain,
    RELEASE: release.tag,
  };
  if (choices.port !== undefined) variables["AUTH_URL"] = contract.authUrl;
  if (choices.customDomain !== undefined) {
    const cookieDomain = cookieDomainOf(choices);
    const isLocal = isLocalHost(choices.customDomain);
    const scheme = isLocal ? "http" : "https";
    const port = isLocal && choices.port !== undefined ? `:${choices.port}` : "";
    variables["AUTH_URL"] = `${scheme}://${choices.customDomain}${port}`;
    variables["COOKIE_DOMAIN"] = cookieDomain;
    variables["TRUSTED_ORIGINS"] = `${scheme}://*${cookieDomain}${port}`;
  }
  if (choices.consoleUrl !== undefined) variables["CONSOLE_URL"] = choices.consoleUrl;
  if (choices.emailFrom !== undefined) variables["EMAIL_FROM"] = choices.emailFrom;
  if (choices.jurisdiction !== undefined) variables["JURISDICTION"] = choices.jurisdiction;
  return { contract, release, choices, variables };
}

/** @throws ProvisioningError `input_invalid` if `platformId` is not valid. */
export function readPlatform(
  platformId: string,
  { rootDomain, port }: { rootDomain?: string | undefined; port?: number | undefined },
): Platform {
  try {
    return platform(platformId, { rootDomain, port });
  } catch (cause) {
    throw invalidInput(cause instanceof Error ? cause.message : "the platformId is invalid", cause);
  }
}
