/**
 * What an API token may have to be allowed to do, by the names of Cloudflare's dashboard, each with a call that shows whether
 * it is. Reading does not prove that writing is allowed, so a permission to write is tested by deleting something that cannot
 * exist: a token with the permission gets "not found", and nothing ever changes.
 */
import type { Cloudflare } from "./cloudflare/client.ts";

export interface Permission {
  /** What the token can do with it, as the doctor says it. */
  can(rootDomain: string): string;
  /** Its name in Cloudflare's dashboard. */
  name: string;
  /** Succeeds, or is answered "not found", if the token has the permission. */
  probe(cloudflare: Cloudflare, rootDomain: string): Promise<unknown>;
}

const impossibleId = "00000000-0000-0000-0000-000000000000";
const impossibleName = () => `nno-auth-doctor-${crypto.randomUUID()}`;

export const readWorkers: Permission = {
  can: () => "Workers can be read",
  name: "Account > Workers Scripts > Read",
  probe: async (cloudflare) => cloudflare.listWorkers(),
};

export const editWorkers: Permission = {
  can: () => "Workers can be written",
  name: "Account > Workers Scripts > Edit",
  probe: async (cloudflare) => cloudflare.deleteWorker(impossibleName()),
};

export const readDatabases: Permission = {
  can: () => "databases can be read",
  name: "Account > D1 > Read",
  probe: async (cloudflare) => cloudflare.listDatabases(impossibleName()),
};

export const editDatabases: Permission = {
  can: () => "databases can be written",
  name: "Account > D1 > Edit",
  probe: async (cloudflare) => cloudflare.deleteDatabase(impossibleId),
};

export const readDomains: Permission = {
  can: () => "custom domains can be read",
  name: "Account > Workers Scripts > Read",
  probe: async (cloudflare) => cloudflare.listDomains({ service: impossibleName() }),
};

/** Cloudflare's reference names "Workers Scripts Write" for PUT and DELETE /workers/domains. */
export const editDomains: Permission = {
  can: () => "custom domains can be written",
  name: "Account > Workers Scripts > Edit",
  probe: async (cloudflare) => cloudflare.detachDomain(impossibleId),
};

export const readZone: Permission = {
  can: (rootDomain) => `the zone ${rootDomain} is there`,
  name: "Zone > Zone > Read",
  async probe(cloudflare, rootDomain) {
    if ((await cloudflare.findZone(rootDomain)) === undefined) {
      throw new Error("the account does not have it, or the token may not see it");
    }
  },
};
