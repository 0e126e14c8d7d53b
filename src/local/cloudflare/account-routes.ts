/** The API routes of the account: the account itself, its zone, and the verification of a token. */
import type { Account } from "./account.ts";
import type { Route } from "./call.ts";

const accountName = "Local Cloudflare";

const zone = ({ account, rootDomain }: { account: Account; rootDomain: string }) => ({
  id: account.zoneId,
  name: rootDomain,
  status: "active",
  paused: false,
  type: "full",
  development_mode: 0,
  name_servers: [],
  original_name_servers: null,
  original_registrar: null,
  original_dnshost: null,
  created_on: account.createdAt,
  modified_on: account.createdAt,
  activated_on: account.createdAt,
  meta: { cdn_only: false, dns_only: false, foundation_dns: false, page_rule_quota: 0, step: 0 },
  owner: { id: account.id, name: accountName, type: "organization" },
  account: { id: account.id, name: accountName },
  permissions: ["#zone:read", "#zone:edit"],
  plan: { id: account.zoneId, name: "Local", price: 0, currency: "USD", legacy_id: "enterprise" },
});

export const accountRoutes: Route[] = [
  {
    method: "GET",
    path: "/user/tokens/verify",
    permission: undefined,
    handle: ({ cloud, request }) => {
      const token = request.authorization?.slice("Bearer ".length) ?? "";
      const position = [...cloud.account.tokens.keys()].indexOf(token);
      const id = position.toString(16).padStart(32, "0");
      return { result: { id, status: "active" } };
    },
  },
  {
    method: "GET",
    path: "/accounts",
    permission: undefined,
    handle: ({ cloud }) => ({
      result: [
        {
          id: cloud.account.id,
          name: accountName,
          type: "standard",
          settings: { enforce_twofactor: false },
          created_on: cloud.account.createdAt,
        },
      ],
      resultInfo: { page: 1, per_page: 20, count: 1, total_count: 1, total_pages: 1 },
    }),
  },
  {
    method: "GET",
    path: "/zones",
    permission: "Zone:Read",
    handle: ({ cloud, request }) => {
      const name = request.query.get("name");
      const accountId = request.query.get("account.id");
      const found =
        (name === null || name === cloud.rootDomain) &&
        (accountId === null || accountId === cloud.account.id);
      const result = found ? [zone(cloud)] : [];
      const count = result.length;
      return {
        result,
        resultInfo: { page: 1, per_page: 20, count, total_count: count, total_pages: count },
      };
    },
  },
  {
    method: "GET",
    path: "/zones/:zone",
    permission: "Zone:Read",
    handle: ({ cloud }) => ({ result: zone(cloud) }),
  },
];
