/** Finds out which of the permissions that the steps need a token lacks, without changing anything. */
import { CloudflareError, cloudflareCode } from "./cloudflare/errors.ts";
import type { Cloudflare } from "./cloudflare/client.ts";
import type { Permission } from "./permissions.ts";
import { neededPermissions } from "./steps/order.ts";

export interface Finding {
  what: string;
  /** `unknown` if Cloudflare's answer does not tell. */
  state: "ok" | "missing" | "unknown";
  /** The permission's name in Cloudflare's dashboard. */
  permission: string;
  detail?: string;
}

const activeToken: Permission = {
  can: () => "the token is active",
  name: "a valid API token",
  async probe(cloudflare) {
    const status = await cloudflare.readTokenStatus();
    if (status !== "active") throw new Error(`the token is ${status}`);
  },
};

export async function examine(cloudflare: Cloudflare, rootDomain: string): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const permission of [activeToken, ...neededPermissions()]) {
    findings.push({
      what: permission.can(rootDomain),
      permission: permission.name,
      ...(await probe(cloudflare, rootDomain, permission)),
    });
  }
  return findings;
}

async function probe(
  cloudflare: Cloudflare,
  rootDomain: string,
  permission: Permission,
): Promise<Pick<Finding, "state" | "detail">> {
  try {
    await permission.probe(cloudflare, rootDomain);
    return { state: "ok" };
  } catch (error) {
    const detail = describe(error);
    if (error instanceof CloudflareError) {
      if (error.isUnknownAccount) {
        return {
          state: "missing",
          detail: "there is no such account: check CLOUDFLARE_ACCOUNT_ID",
        };
      }
      if (error.isAuthentication) return { state: "missing", detail };
      // The token was allowed to ask, and what it asked for does not exist. That is the proof we wanted.
      if (error.has(cloudflareCode.databaseNotFound) || error.status === 404) {
        return { state: "ok" };
      }
    }
    return { state: "unknown", detail };
  }
}

function describe(error: unknown): string {
  if (error instanceof CloudflareError) {
    const [first] = error.errors;
    if (first !== undefined) return `${first.message} [${first.code}]`;
  }
  return error instanceof Error ? error.message : String(error);
}
