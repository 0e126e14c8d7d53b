/** Which Cloudflare a command talks to: the one that wrangler's variables name, or the local one with its own credentials. */
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { defaultRootDomain, isLocalHost } from "../platform.ts";
import { createCloudflare, type Cloudflare } from "../provisioning/cloudflare/client.ts";
import { createRateBudget, unlimited } from "../provisioning/cloudflare/rate-budget.ts";
import type { Values } from "./arguments.ts";
import { defaultStateFolder } from "./local-defaults.ts";
import { localFetch } from "./local-fetch.ts";
import { UsageError } from "./usage-error.ts";

export interface Target {
  cloudflare: Cloudflare;
  rootDomain: string;
  /** The port of the local edge; undefined on Cloudflare. */
  port: number | undefined;
  /** Reaches the platforms of this target. */
  fetch: typeof fetch;
  isLocal: boolean;
}

export interface Credentials {
  accountId: string;
  apiToken: string;
  apiBaseUrl?: string | undefined;
}

export const localRootDomain = "nno.localhost";

/** The target that the options name. @throws UsageError */
export async function readTarget(values: Values): Promise<Target> {
  const isLocal = values.local === true || values.state !== undefined;
  const folder = isLocal ? (values.state ?? defaultStateFolder) : undefined;
  return reachable(openTarget(readCredentials(process.env, folder), values["root-domain"]));
}

/** @throws UsageError if a variable is missing or cannot be right. */
export function openTarget(
  { accountId, apiToken, apiBaseUrl }: Credentials,
  rootDomain?: string,
): Target {
  const url = URL.parse(apiBaseUrl ?? "https://api.cloudflare.com/client/v4");
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new UsageError(
      "CLOUDFLARE_API_BASE_URL is not a URL such as https://api.cloudflare.com/client/v4",
    );
  }
  const isLocal = isLocalHost(url.hostname);
  if (url.protocol === "http:" && !isLocal) {
    throw new UsageError(
      "CLOUDFLARE_API_BASE_URL must be https, or the token could be read on its way",
    );
  }
  return {
    cloudflare: createCloudflare({
      accountId,
      apiToken,
      apiBaseUrl,
      // The local Cloudflare has no rate limit.
      budget: isLocal ? unlimited : createRateBudget(),
    }),
    rootDomain: rootDomain ?? (isLocal ? localRootDomain : defaultRootDomain),
    port: isLocal ? Number(url.port === "" ? 80 : url.port) : undefined,
    fetch: isLocal ? localFetch : fetch,
    isLocal,
  };
}

/** Checks that a target on this machine answers. @throws UsageError if the local Cloudflare is not running. */
async function reachable(target: Target): Promise<Target> {
  const { isLocal, port } = target;
  if (!isLocal || port === undefined) return target;
  const socket = connect(port, "127.0.0.1");
  try {
    await once(socket, "connect");
  } catch (cause) {
    throw new UsageError(
      `no local Cloudflare is running on port ${port}: start it with npm start, or nno-auth local`,
      { cause },
    );
  } finally {
    socket.destroy();
  }
  return target;
}

/** @param stateFolder the state of a local Cloudflare, whose credentials replace those of the environment. */
function readCredentials(
  environment: Readonly<Record<string, string | undefined>>,
  stateFolder: string | undefined,
): Credentials {
  const given = stateFolder === undefined ? environment : readLocalCredentials(stateFolder);
  const apiToken = given["CLOUDFLARE_API_TOKEN"]?.trim() ?? "";
  const accountId = given["CLOUDFLARE_ACCOUNT_ID"]?.trim() ?? "";
  if (apiToken === "") {
    throw new UsageError(
      "CLOUDFLARE_API_TOKEN is not set: create a token at https://dash.cloudflare.com/profile/api-tokens, or use --local",
    );
  }
  if (!/^[\x21-\x7e]+$/.test(apiToken)) {
    throw new UsageError(
      "CLOUDFLARE_API_TOKEN has characters that a token cannot have: copy it again",
    );
  }
  if (!/^[0-9a-f]{32}$/.test(accountId)) {
    throw new UsageError(
      accountId === ""
        ? "CLOUDFLARE_ACCOUNT_ID is not set: it is in the dashboard's address, dash.cloudflare.com/<account id>"
        : "CLOUDFLARE_ACCOUNT_ID is not an account id: 32 characters, 0 to 9 and a to f",
    );
  }
  const apiBaseUrl = given["CLOUDFLARE_API_BASE_URL"];
  return { apiToken, accountId, apiBaseUrl: apiBaseUrl === "" ? undefined : apiBaseUrl };
}

function readLocalCredentials(stateFolder: string): Record<string, string | undefined> {
  const file = join(stateFolder, "cloudflare.env");
  try {
    return parseEnv(readFileSync(file, "utf8"));
  } catch (cause) {
    throw new UsageError(
      `${file} cannot be read: start the local Cloudflare with: nno-auth local`,
      {
        cause,
      },
    );
  }
}
