/** Hostnames of Workers over the API. A hostname belongs to one Worker at most; one that is not attached reaches none. */
import { createHash, randomUUID } from "node:crypto";
import { z } from "zod";
import { readJson, type Call, type Cloud, type Route } from "./call.ts";
import { ApiError, hostnameTaken, unknownZone } from "./errors.ts";
import { readScriptName } from "./scripts.ts";
import type { Row } from "./state.ts";

export interface Domain {
  id: string;
  hostname: string;
  service: string;
  certificateId: string;
  attachedAt: number;
}

const hostname = z
  .string()
  .toLowerCase()
  .regex(/^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z0-9-]+$/, "must be a hostname")
  .max(253);
const zone = { zone_id: z.string().optional(), zone_name: z.string().optional() };
const origin = z.object({ hostname, ...zone });
const attachment = z.object({
  hostname,
  service: z.string().min(1),
  environment: z.string().optional(),
  override_existing_origin: z.boolean().optional(),
  ...zone,
});
const records = z.object({
  origins: z.array(origin),
  override_scope: z.boolean().optional(),
  override_existing_origin: z.boolean().optional(),
  override_existing_dns_record: z.boolean().optional(),
});

const toDomain = (row: Row): Domain => ({
  id: String(row["id"]),
  hostname: String(row["hostname"]),
  service: String(row["script"]),
  certificateId: String(row["certificate_id"]),
  attachedAt: Number(row["attached_at"]),
});

export function findDomain({ state }: Pick<Cloud, "state">, host: string): Domain | undefined {
  const row = state.get("SELECT * FROM domain WHERE hostname = ?", host);
  return row === undefined ? undefined : toDomain(row);
}

export const listDomains = ({ state }: Pick<Cloud, "state">): Domain[] =>
  state.all("SELECT * FROM domain ORDER BY hostname").map(toDomain);

/** Whether a hostname's certificate has been issued, which takes Cloudflare a while. */
export const isCertified = (
  { now, certificateDelayMilliseconds }: Pick<Cloud, "certificateDelayMilliseconds" | "now">,
  { attachedAt }: Domain,
) => now() >= attachedAt + certificateDelayMilliseconds;

const answer = ({ cloud }: Call, domain: Domain) => ({
  id: domain.id,
  hostname: domain.hostname,
  service: domain.service,
  environment: "production",
  cert_id: domain.certificateId,
  zone_id: cloud.account.zoneId,
  zone_name: cloud.rootDomain,
});

function checkZone({ cloud }: Call, wanted: z.infer<typeof origin>): void {
  const { rootDomain, account } = cloud;
  const isInside = wanted.hostname === rootDomain || wanted.hostname.endsWith(`.${rootDomain}`);
  if (
    !isInside ||
    (wanted.zone_id ?? account.zoneId) !== account.zoneId ||
    (wanted.zone_name ?? rootDomain) !== rootDomain
  ) {
    throw unknownZone(wanted.hostname);
  }
}

function attach({ cloud }: Call, host: string, service: string, override: boolean): Domain {
  const { state, now } = cloud;
  const existing = findDomain(cloud, host);
  if (existing?.service === service) return existing;
  if (existing !== undefined && !override) throw hostnameTaken(host);
  // The id is derived from the hostname, so it stays the same when the Worker behind it changes.
  const id = createHash("sha256").update(host).digest("hex").slice(0, 40);
  state.run(
    "INSERT INTO domain (id, hostname, script, certificate_id, attached_at) VALUES (?, ?, ?, ?, ?) ON CONFLICT (hostname) DO UPDATE SET script = excluded.script",
    id,
    host,
    service,
    randomUUID(),
    now(),
  );
  return findDomain(cloud, host) ?? unreachable();
}

const unreachable = (): never => {
  throw new Error("a row that was just written is gone");
};

const path = "/accounts/:account/workers";
const domainNotFound = () => new ApiError(404, 100114, "The custom domain was not found");

export const domainRoutes: Route[] = [
  {
    method: "GET",
    path: `${path}/domains`,
    permission: "Workers Scripts:Read",
    handle: (call) => {
      const filters = ["hostname", "service", "zone_id", "zone_name", "environment"] as const;
      const { query } = call.request;
      const result = listDomains(call.cloud)
        .map((domain) => answer(call, domain))
        .filter((domain) =>
          filters.every((name) => !query.has(name) || query.get(name) === domain[name]),
        );
      return { result };
    },
  },
  {
    method: "PUT",
    path: `${path}/domains`,
    permission: "Workers Scripts:Edit",
    handle: (call) => {
      const wanted = readJson(call, attachment);
      checkZone(call, wanted);
      const { name } = call.cloud.workers.getScript(wanted.service);
      const override = wanted.override_existing_origin ?? false;
      return { result: answer(call, attach(call, wanted.hostname, name, override)) };
    },
  },
  {
    method: "GET",
    path: `${path}/domains/:domain`,
    permission: "Workers Scripts:Read",
    handle: (call) => ({ result: answer(call, getDomain(call)) }),
  },
  {
    method: "GET",
    path: `${path}/domains/records/:domain`,
    permission: "Workers Scripts:Read",
    handle: (call) => ({ result: answer(call, getDomain(call)) }),
  },
  {
    method: "DELETE",
    path: `${path}/domains/:domain`,
    permission: "Workers Scripts:Edit",
    handle: (call) => {
      call.cloud.state.run("DELETE FROM domain WHERE id = ?", getDomain(call).id);
      return { result: null };
    },
  },
  {
    // wrangler asks this before it attaches hostnames, to learn what its list would change. It changes nothing.
    method: "POST",
    path: `${path}/scripts/:script/domains/changeset`,
    permission: "Workers Scripts:Edit",
    handle: (call) => {
      const { name } = call.cloud.workers.getScript(readScriptName(call));
      const origins = readJson(call, z.array(origin));
      const replaces = call.request.query.get("replace_state") === "true";
      const wanted = new Set(origins.map((item) => item.hostname));
      const known = listDomains(call.cloud);
      return {
        result: {
          added: origins.filter((item) =>
            known.every((domain) => domain.hostname !== item.hostname),
          ),
          updated: known
            .filter((domain) => wanted.has(domain.hostname))
            .map((domain) => ({ ...answer(call, domain), modified: domain.service !== name })),
          removed: known
            .filter((domain) => replaces && domain.service === name && !wanted.has(domain.hostname))
            .map((domain) => answer(call, domain)),
          conflicting: [],
        },
      };
    },
  },
  {
    // wrangler attaches hostnames with this: afterwards the Worker has exactly the hostnames of the list.
    method: "PUT",
    path: `${path}/scripts/:script/domains/records`,
    permission: "Workers Scripts:Edit",
    handle: (call) => {
      const { state, workers } = call.cloud;
      const { name } = workers.getScript(readScriptName(call));
      const { origins, override_existing_origin: override = false } = readJson(call, records);
      for (const item of origins) checkZone(call, item);
      const attached = state.transaction(() => {
        const wanted = new Set(origins.map((item) => item.hostname));
        for (const domain of listDomains(call.cloud)) {
          if (domain.service === name && !wanted.has(domain.hostname)) {
            state.run("DELETE FROM domain WHERE id = ?", domain.id);
          }
        }
        return origins.map((item) => attach(call, item.hostname, name, override));
      });
      return { result: attached.map((domain) => answer(call, domain)) };
    },
  },
];

function getDomain({ cloud, param }: Call): Domain {
  const row = cloud.state.get("SELECT * FROM domain WHERE id = ?", param("domain"));
  if (row === undefined) throw domainNotFound();
  return toDomain(row);
}
