/** Attaches the platform's auth host to its Worker. */
import { cloudflareCode } from "../cloudflare/errors.ts";
import { editDomains, readDomains, readZone } from "../permissions.ts";
import { ProvisioningError, nothingChanged } from "../provisioning-error.ts";
import type { ReversibleStep } from "./step.ts";

export const hostname: ReversibleStep = {
  name: "hostname",
  permissions: [readDomains, editDomains, readZone],

  plan({ desired: { contract }, observed: { domain, authUrl } }) {
    const { hostname: host } = new URL(authUrl);
    if (domain !== undefined && domain.service !== contract.workerName) {
      throw new ProvisioningError(
        "hostname_taken",
        `${host} belongs to the Worker ${domain.service}`,
        {
          state: nothingChanged,
          next: `detach it there (Workers > ${domain.service} > Domains), then run again`,
        },
      );
    }
    return domain === undefined
      ? { isNeeded: true, what: `attach ${host} to ${contract.workerName}` }
      : { isNeeded: false, what: host };
  },

  async apply({ cloudflare, contract, desired, observed, job }) {
    const { hostname: host } = new URL(observed.authUrl);
    const zoneName = host === contract.authHost ? contract.rootDomain : desired.choices.zoneName;
    await cloudflare.attachDomain(
      { hostname: host, service: contract.workerName, zoneName },
      { beforeEach: async () => job.keepLease() },
    );
    return host;
  },

  explain(error, { state, again }) {
    if (!error.has(cloudflareCode.hostnameTaken)) return undefined;
    return new ProvisioningError(
      "hostname_taken",
      `the hostname belongs to another Worker (${error.message})`,
      { state, next: `detach it there, then run again: ${again}`, cause: error },
    );
  },

  undo: {
    plan: () => ({ isNeeded: true, what: "detach the hostnames" }),
    async apply({ cloudflare, contract, job }) {
      const { workerName } = contract;
      const domains = await cloudflare.listDomains({ service: workerName });
      const ours = domains.filter(({ service }) => service === workerName);
      for (const { id } of ours) {
        await cloudflare.detachDomain(id, { beforeEach: async () => job.keepLease() });
      }
      return ours.map((domain) => domain.hostname).join(", ");
    },
  },
};
