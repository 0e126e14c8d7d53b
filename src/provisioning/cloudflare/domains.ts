/** Custom domains of Workers, and the zones that they belong to. */
import { z } from "zod";
import { isCloudflareError } from "./errors.ts";
import type { Call, Guard } from "./transport.ts";

const domainSchema = z.object({ id: z.string(), hostname: z.string(), service: z.string() });
/** A hostname and the Worker (`service`) that answers it. */
export type Domain = z.infer<typeof domainSchema>;

export function domainCalls(call: Call, accountPath: string) {
  const domains = `${accountPath}/workers/domains`;

  return {
    async listDomains(filter: { hostname: string } | { service: string }): Promise<Domain[]> {
      const { result } = await call({
        method: "GET",
        path: domains,
        query: filter,
        repeatable: true,
      });
      return z.array(domainSchema).parse(result);
    },

    /**
     * Gives a hostname to the Worker, with its DNS record and certificate. Cloudflare takes the hostname away from any
     * other Worker without asking, so look first.
     */
    async attachDomain(
      domain: { hostname: string; service: string; zoneName?: string | undefined },
      { beforeEach }: Guard = {},
    ): Promise<void> {
      const { hostname, service, zoneName } = domain;
      await call({
        method: "PUT",
        path: domains,
        json: {
          hostname,
          service,
          ...(zoneName === undefined ? {} : { zone_name: zoneName }),
        },
        repeatable: true,
        beforeEach,
      });
    },

    /** Detaching a domain that does not exist is no error. */
    async detachDomain(id: string, { beforeEach }: Guard = {}): Promise<void> {
      try {
        await call({
          method: "DELETE",
          path: `${domains}/${encodeURIComponent(id)}`,
          repeatable: true,
          beforeEach,
        });
      } catch (error) {
        // Cloudflare documents no code for a domain that does not exist, so the status has to do.
        if (!(isCloudflareError(error) && error.status === 404)) throw error;
      }
    },

    /** The zone's id, or undefined if the account has no such zone or the token cannot see it. */
    async findZone(name: string): Promise<string | undefined> {
      const { result } = await call({
        method: "GET",
        path: "/zones",
        query: { name },
        repeatable: true,
      });
      const zones = z.array(z.object({ id: z.string(), name: z.string() })).parse(result);
      return zones.find((zone) => zone.name === name)?.id;
    },
  };
}
