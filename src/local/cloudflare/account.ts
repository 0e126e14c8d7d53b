/** The one account and zone of the local Cloudflare, and the API tokens that it knows. */
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { Permission, Route } from "./call.ts";
import { StateError, type State } from "./state.ts";

export interface Account {
  id: string;
  zoneId: string;
  /** The token that may do everything. */
  apiToken: string;
  tokens: Map<string, "all" | Permission[]>;
  createdAt: string;
}

const tokenFile = z.record(z.string().regex(/^[A-Za-z0-9_-]+$/), z.array(z.string()));

/**
 * Reads the account, and makes it on the first run. More tokens, with limited permissions, come from the options and
 * from `tokens.json` in the state folder: `{"<token>": ["D1:Read"]}`.
 */
export function openAccount(
  state: State,
  folder: string,
  tokens: Record<string, Permission[]>,
): Account {
  const row =
    state.get("SELECT * FROM account") ??
    state.transaction(() => {
      state.run(
        "INSERT INTO account (id, zone_id, api_token, created_at) VALUES (?, ?, ?, ?)",
        randomBytes(16).toString("hex"),
        randomBytes(16).toString("hex"),
        randomBytes(30).toString("base64url"),
        new Date().toISOString(),
      );
      return state.get("SELECT * FROM account");
    });
  const apiToken = String(row?.["api_token"]);
  return {
    id: String(row?.["id"]),
    zoneId: String(row?.["zone_id"]),
    apiToken,
    createdAt: String(row?.["created_at"]),
    tokens: new Map<string, "all" | Permission[]>([
      ...Object.entries({ ...readTokens(join(folder, "tokens.json")), ...tokens }),
      [apiToken, "all"],
    ]),
  };
}

function readTokens(file: string): Record<string, Permission[]> {
  if (!existsSync(file)) return {};
  try {
    return tokenFile.parse(JSON.parse(readFileSync(file, "utf8"))) as Record<string, Permission[]>;
  } catch (error) {
    throw new StateError(
      `${file} cannot be read: it must look like {"<token>": ["D1:Read"]}; mend or delete it`,
      { cause: error },
    );
  }
}

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
