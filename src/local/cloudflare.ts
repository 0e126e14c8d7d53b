/**
 * The local Cloudflare: the part of Cloudflare's API that provisioning and wrangler use, and the edge that runs what was
 * uploaded, on one port of this machine. It is a server, not an adapter: its clients know nothing of it but its base URL. It
 * shares no code with the provisioner, because no test would notice a mistake that both share.
 */
import { createServer, type Server } from "node:http";
import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { accountRoutes } from "./cloudflare/account-routes.ts";
import { openAccount, type Permission } from "./cloudflare/account.ts";
import { createRouter, type Cloud } from "./cloudflare/call.ts";
import { databaseQueryRoutes } from "./cloudflare/database-queries.ts";
import { createTransfers } from "./cloudflare/database-transfers.ts";
import { databaseRoutes } from "./cloudflare/databases.ts";
import { deploymentRoutes } from "./cloudflare/deployments.ts";
import { domainRoutes } from "./cloudflare/domains.ts";
import { toLoadable } from "./cloudflare/loadable-version.ts";
import { storeMail } from "./cloudflare/mail.ts";
import { reapOrphans } from "./cloudflare/orphans.ts";
import { startRuntime } from "./cloudflare/runtime.ts";
import { scriptRoutes } from "./cloudflare/scripts.ts";
import { secretRoutes } from "./cloudflare/secrets.ts";
import { answer, apiPrefix, type Edge } from "./cloudflare/server.ts";
import { settingsRoutes } from "./cloudflare/settings.ts";
import { openState } from "./cloudflare/state.ts";
import { triggerRoutes } from "./cloudflare/triggers.ts";
import { createWorkerStore, type Version } from "./cloudflare/worker-store.ts";
import { zoneRecordRoutes } from "./cloudflare/zone-records.ts";

export interface LocalCloudflare {
  port: number;
  /** For `CLOUDFLARE_API_BASE_URL`. */
  apiBaseUrl: string;
  accountId: string;
  zoneId: string;
  /** A token with every permission. */
  apiToken: string;
  /** Stops the server and its workerd. The state stays. */
  stop: () => Promise<void>;
}

export interface LocalCloudflareOptions {
  /** A build of the console, served at every platform's console host. */
  consoleFolder?: string | undefined;
  /** Default, or 0: any free port. */
  port?: number | undefined;
  /** Kept between runs; used by one run at a time. */
  stateFolder: string;
  /** The account's only zone. It must end in `.localhost`. */
  rootDomain?: string | undefined;
  /** More API tokens, with the permissions of each. */
  tokens?: Record<string, Permission[]> | undefined;
  /** How long a new hostname waits for its certificate. Until then it refuses connections. */
  certificateDelayMilliseconds?: number | undefined;
  now?: (() => number) | undefined;
  log?: ((line: string) => void) | undefined;
}

/**
 * Starts it on 127.0.0.1.
 *
 * @throws {StateError} if the state folder is in use or cannot be read; {RangeError} for a root domain that is not
 *   local; the listener's error if the port is taken.
 */
export async function startLocalCloudflare(
  options: LocalCloudflareOptions,
): Promise<LocalCloudflare> {
  const { rootDomain = "nno.localhost", now = Date.now, log = () => {} } = options;
  if (!rootDomain.endsWith(".localhost")) {
    throw new RangeError(
      `${rootDomain} does not end in .localhost: it would not lead to this machine`,
    );
  }
  const folder = resolve(options.stateFolder);
  const state = openState(folder);
  // The port must be known before workerd runs, so requests can arrive early. They wait until it runs.
  const edge = Promise.withResolvers<Edge>();
  const server = createServer((request, response) => {
    edge.promise
      .then((ready) => answer(ready, request, response))
      .catch((error: unknown) => {
        log(
          `${request.method} ${request.url}: ${error instanceof Error ? error.stack : String(error)}`,
        );
        if (!response.headersSent) response.writeHead(500);
        response.end();
      });
  });
  try {
    const port = await listen(server, options.port ?? 0);
    const origin = `http://127.0.0.1:${port}`;
    const account = openAccount(state, folder, options.tokens ?? {});
    const mark = `${account.id}:${folder}`;
    for (const pid of await reapOrphans(mark))
      log(`ended workerd ${pid}, which a killed run left behind`);

    const workers = createWorkerStore(state, now);
    const arriving = new Map<string, { version: Version; contents: Map<string, Buffer> }>();
    const runtime = await startRuntime({
      state,
      folder,
      mark,
      log,
      storeMail: (script, mail) => storeMail(state, script, mail, now()),
      readVersion: (id) => {
        const pending = arriving.get(id);
        const version = pending?.version ?? workers.findVersion(id);
        if (version === undefined) return undefined;
        return toLoadable(
          version,
          (hash) => pending?.contents.get(hash) ?? workers.readModule(hash),
          (uuid) =>
            state.get("SELECT 1 FROM database WHERE uuid = ? AND deleted = 0", uuid) !== undefined,
        );
      },
    });
    const cloud: Cloud = {
      state,
      runtime,
      workers,
      account,
      rootDomain,
      origin,
      certificateDelayMilliseconds: options.certificateDelayMilliseconds ?? 0,
      now,
      log,
      async inspect(version, contents) {
        arriving.set(version.id, { version, contents });
        try {
          return await runtime.inspect(version.id);
        } finally {
          arriving.delete(version.id);
        }
      },
    };
    const apiBaseUrl = `${origin}${apiPrefix}`;
    writeFileSync(
      join(folder, "cloudflare.env"),
      `CLOUDFLARE_API_BASE_URL=${apiBaseUrl}\nCLOUDFLARE_ACCOUNT_ID=${account.id}\nCLOUDFLARE_API_TOKEN=${account.apiToken}\n`,
      { mode: 0o600 },
    );
    const transfers = createTransfers();
    const answerApi = createRouter([
      ...accountRoutes,
      ...databaseRoutes,
      ...databaseQueryRoutes,
      ...transfers.routes,
      ...scriptRoutes,
      ...settingsRoutes,
      ...secretRoutes,
      ...deploymentRoutes,
      ...triggerRoutes,
      ...domainRoutes,
      ...zoneRecordRoutes,
    ]);
    edge.resolve({
      cloud,
      port,
      transfers,
      answerApi,
      consoleFolder:
        options.consoleFolder === undefined ? undefined : resolve(options.consoleFolder),
    });
    return {
      port,
      apiBaseUrl,
      accountId: account.id,
      zoneId: account.zoneId,
      apiToken: account.apiToken,
      async stop() {
        const closed = new Promise((done) => {
          server.close(done);
        });
        server.closeAllConnections();
        await closed;
        await runtime.stop();
        state.close();
      },
    };
  } catch (error) {
    server.close();
    server.closeAllConnections();
    state.close();
    throw error;
  }
}

async function listen(server: Server, port: number): Promise<number> {
  await new Promise<void>((done, fail) => {
    server.once("error", fail);
    server.listen(port, "127.0.0.1", () => {
      server.off("error", fail);
      done();
    });
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  return address.port;
}
