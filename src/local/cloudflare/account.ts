/** The one account and zone of the local Cloudflare, and the API tokens that it knows. */
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { StateError, type State } from "./state.ts";

/** Named as in the dashboard. `Edit` includes `Read`. */
export type Permission = `${
  | "Account Settings"
  | "D1"
  | "DNS"
  | "SSL and Certificates"
  | "Workers Routes"
  | "Workers Scripts"
  | "Zone"}:${"Read" | "Edit"}`;

export interface Account {
  id: string;
  zoneId: string;
  /** The token with every permission. */
  apiToken: string;
  tokens: Map<string, "all" | Permission[]>;
  createdAt: string;
}

const tokenFile = z.record(z.string().regex(/^[A-Za-z0-9_-]+$/), z.array(z.string()));

/**
 * Reads the account, and creates it on the first run. More tokens, with limited permissions, come from the options and
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
      `${file} cannot be read: it must look like {"<token>": ["D1:Read"]}; correct it or delete it`,
      { cause: error },
    );
  }
}
