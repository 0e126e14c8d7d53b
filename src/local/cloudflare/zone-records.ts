/** DNS records and certificates of the zone, which follow from the hostnames of Workers. */
import { paginate, type Cloud, type Route } from "./call.ts";
import { isCertified, listDomains } from "./domains.ts";
import { notSupportedLocally } from "./errors.ts";

const millisecondsADay = 24 * 60 * 60 * 1000;
const certificateDays = 90;

/** The zone's own certificate pack covers one level. A deeper hostname of a Worker gets a pack of its own. */
function certificatePacks(cloud: Cloud) {
  const { account, rootDomain } = cloud;
  const pack = (
    id: string,
    hosts: string[],
    type: string,
    issuedAt: number,
    isActive: boolean,
  ) => ({
    id,
    type,
    hosts,
    status: isActive ? "active" : "initializing",
    primary_certificate: isActive ? id : null,
    certificate_authority: "lets_encrypt",
    validation_method: "txt",
    validity_days: certificateDays,
    certificates: isActive
      ? [
          {
            id,
            hosts,
            status: "active",
            issuer: "LocalCloudflare",
            signature: "ECDSAWithSHA256",
            bundle_method: "ubiquitous",
            zone_id: account.zoneId,
            uploaded_on: new Date(issuedAt).toISOString(),
            modified_on: new Date(issuedAt).toISOString(),
            expires_on: new Date(issuedAt + certificateDays * millisecondsADay).toISOString(),
            priority: 0,
          },
        ]
      : [],
  });
  return [
    pack(
      account.zoneId,
      [rootDomain, `*.${rootDomain}`],
      "universal",
      Date.parse(account.createdAt),
      true,
    ),
    ...listDomains(cloud)
      .filter(({ hostname }) => hostname.split(".").length > rootDomain.split(".").length + 1)
      .map((domain) =>
        pack(
          domain.certificateId,
          [domain.hostname],
          "advanced",
          domain.attachedAt + cloud.certificateDelayMilliseconds,
          isCertified(cloud, domain),
        ),
      ),
  ];
}

const dnsRecords = (cloud: Cloud) =>
  listDomains(cloud).map((domain) => ({
    id: domain.id.slice(0, 32),
    type: "AAAA",
    name: domain.hostname,
    content: "100::",
    proxied: true,
    proxiable: true,
    ttl: 1,
    tags: [],
    settings: {},
    meta: { origin_worker_id: domain.service, read_only: true },
    created_on: new Date(domain.attachedAt).toISOString(),
    modified_on: new Date(domain.attachedAt).toISOString(),
  }));

export const zoneRecordRoutes: Route[] = [
  {
    method: "GET",
    path: "/zones/:zone/ssl/certificate_packs",
    permission: "SSL and Certificates:Read",
    handle: (call) => {
      const packs = certificatePacks(call.cloud).filter(
        ({ status }) => call.request.query.get("status") === "all" || status === "active",
      );
      return paginate(call, packs, { default: 20, minimum: 1, maximum: 50 });
    },
  },
  {
    method: "GET",
    path: "/zones/:zone/ssl/certificate_packs/quota",
    permission: "SSL and Certificates:Read",
    handle: ({ cloud }) => ({
      result: { advanced: { allocated: 100, used: certificatePacks(cloud).length - 1 } },
    }),
  },
  {
    method: "GET",
    path: "/zones/:zone/dns_records",
    permission: "DNS:Read",
    handle: (call) => {
      const { query } = call.request;
      const name = query.get("name") ?? query.get("name.exact");
      const type = query.get("type");
      const records = dnsRecords(call.cloud).filter(
        (record) =>
          (name === null || record.name === name) && (type === null || record.type === type),
      );
      return paginate(call, records, { default: 100, minimum: 1, maximum: 5_000_000 });
    },
  },
  {
    method: "GET",
    path: "/zones/:zone/workers/routes",
    permission: "Workers Routes:Read",
    // Here only custom domains lead to a Worker, so there are never any routes.
    handle: () => ({ result: [] }),
  },
  {
    method: "POST",
    path: "/zones/:zone/workers/routes",
    permission: "Workers Routes:Edit",
    handle: () => {
      throw notSupportedLocally("A route (use a custom domain)");
    },
  },
];
