/**
 * Which permissions a token lacks. Reads what the job reads; and since a read does not prove that writing is allowed,
 * deletes what cannot exist: "not found" is the answer of a token that may, and nothing is ever changed.
 */
import { CloudflareError, cloudflareCode } from "./cloudflare/errors.ts";
import type { Cloudflare } from "./cloudflare/client.ts";

export interface Finding {
  what: string;
  /** `unknown` when Cloudflare's answer does not tell. */
  state: "ok" | "missing" | "unknown";
  /** The permission's name in Cloudflare's dashboard. */
  permission: string;
  detail?: string;
}

const nowhere = "00000000-0000-0000-0000-000000000000";

export async function examine(cloudflare: Cloudflare, rootDomain: string): Promise<Finding[]> {
  const nameOfNone = `nno-auth-doctor-${crypto.randomUUID()}`;
  const findings = [
    await probe("the token is active", "a valid API token", async () => {
      const status = await cloudflare.readTokenStatus();
      if (status !== "active") throw new Error(`the token is ${status}`);
    }),
    await probe("Workers can be read", "Account > Workers Scripts > Read", async () =>
      cloudflare.listWorkers(),
    ),
    await probe("Workers can be written", "Account > Workers Scripts > Edit", async () =>
      cloudflare.deleteWorker(nameOfNone),
    ),
    await probe("databases can be read", "Account > D1 > Read", async () =>
      cloudflare.listDatabases(nameOfNone),
    ),
    await probe("databases can be written", "Account > D1 > Edit", async () =>
      cloudflare.deleteDatabase(nowhere),
    ),
    await probe("custom domains can be read", "Account > Workers Scripts > Read", async () =>
      cloudflare.listDomains({ service: nameOfNone }),
    ),
    // What Cloudflare's reference names for PUT and DELETE /workers/domains: "Workers Scripts Write".
    await probe("custom domains can be written", "Account > Workers Scripts > Edit", async () =>
      cloudflare.detachDomain(nowhere),
    ),
  ];
  const zone = await probe(`the zone ${rootDomain} is there`, "Zone > Zone > Read", async () => {
    if ((await cloudflare.findZone(rootDomain)) === undefined) {
      throw new Error("the account does not have it, or the token may not see it");
    }
  });
  return [...findings, zone];
}

async function probe(
  what: string,
  permission: string,
  act: () => Promise<unknown>,
): Promise<Finding> {
  try {
    await act();
    return { what, permission, state: "ok" };
  } catch (error) {
    const detail = describe(error);
    if (error instanceof CloudflareError) {
      if (error.isUnknownAccount) {
        return {
          what,
          permission,
          state: "missing",
          detail: "no such account: CLOUDFLARE_ACCOUNT_ID",
        };
      }
      if (error.isAuthentication) return { what, permission, state: "missing", detail };
      // It was allowed to ask, and there is no such thing: what was to be seen.
      if (error.has(cloudflareCode.databaseNotFound) || error.status === 404) {
        return { what, permission, state: "ok" };
      }
    }
    return { what, permission, state: "unknown", detail };
  }
}

function describe(error: unknown): string {
  if (error instanceof CloudflareError) {
    const [first] = error.errors;
    if (first !== undefined) return `${first.message} [${first.code}]`;
  }
  return error instanceof Error ? error.message : String(error);
}
