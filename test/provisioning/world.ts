/** A local Cloudflare for a test file, and the job as an operator would run it against it. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { localFetch } from "../../src/cli/local-fetch.ts";
import { startLocalCloudflare, type LocalCloudflare } from "../../src/local/cloudflare.ts";
import { platform } from "../../src/platform.ts";
import { createCloudflare, type Cloudflare } from "../../src/provisioning/cloudflare/client.ts";
import type { Row } from "../../src/provisioning/cloudflare/databases.ts";
import { deprovision, type DeprovisionOptions } from "../../src/provisioning/deprovision.ts";
import type { ProvisioningEvent } from "../../src/provisioning/events.ts";
import { provision, type ProvisionOptions } from "../../src/provisioning/provision.ts";
import { unlimited } from "../../src/provisioning/cloudflare/rate-budget.ts";
import { releaseOf } from "../releases.ts";
import type { Release } from "../../src/provisioning/release.ts";
import { startProxy, type Fault, type Proxy } from "./proxy.ts";

export const rootDomain = "nno.localhost";

export interface World {
  local: LocalCloudflare;
  release: Release;
  /** Without a proxy, to see what exists. */
  cloudflare: Cloudflare;
  /** Starts a proxy on which `fault` happens. */
  via(fault?: Fault): Promise<Proxy>;
  stop(): Promise<void>;
}

/** @param options.console whether the console's build is served at its hosts, as `npm start` does. */
export async function startWorld(options: { console?: boolean } = {}): Promise<World> {
  const stateFolder = mkdtempSync(join(tmpdir(), "provisioning-"));
  const release = await releaseOf();
  const local = await startLocalCloudflare({
    stateFolder,
    rootDomain,
    consoleFolder:
      options.console === true ? join(import.meta.dirname, "../../src/console/dist") : undefined,
    tokens: {
      "databases-only": ["Workers Scripts:Read", "D1:Read", "D1:Edit"],
      "workers-only": ["Workers Scripts:Read", "Workers Scripts:Edit"],
    },
  });
  const proxies: Proxy[] = [];
  return {
    local,
    release,
    cloudflare: createCloudflare({ ...local, budget: unlimited }),
    async via(fault) {
      const proxy = await startProxy(local, fault);
      proxies.push(proxy);
      return proxy;
    },
    async stop() {
      for (const proxy of proxies) await proxy.close();
      await local.stop();
      rmSync(stateFolder, { recursive: true, force: true });
    },
  };
}

let created = 0;
/** An id that no other test of the file uses. */
export function newPlatformId(): string {
  created += 1;
  return `p${String(created).padStart(9, "0")}`;
}

/** Backing off takes no time here. transport.test.ts checks how long it lasts. */
const hasty = {
  now: () => Date.now(),
  sleep: async () => new Promise<void>((resolve) => setTimeout(resolve, 2)),
};

export function connect({ local }: World, proxy: Proxy, timeoutMs = 30_000): Cloudflare {
  return createCloudflare({
    accountId: local.accountId,
    apiToken: local.apiToken,
    apiBaseUrl: proxy.apiBaseUrl,
    budget: unlimited,
    clock: hasty,
    timeoutMs,
  });
}

/** The options that a run needs and a test does not care about. */
export function options(
  world: World,
  cloudflare: Cloudflare,
  platformId: string,
): ProvisionOptions {
  return {
    platformId,
    cloudflare,
    release: world.release,
    rootDomain,
    port: world.local.port,
    fetch: localFetch,
    settleSeconds: 20,
    certificateSeconds: 20,
  };
}

/** The next release, with other code and one more migration. */
export function nextRelease({ release }: World): Release {
  return {
    ...release,
    tag: `${release.tag}-next`,
    modules: release.modules.map((module) => ({
      ...module,
      content: `${String(module.content)}\n// next`,
    })),
    migrations: [
      ...release.migrations,
      {
        name: "0100_note.sql",
        sql: "CREATE TABLE note (id TEXT);\n-- a trailing comment; with a semicolon",
      },
    ],
  };
}

export async function run(world: World, platformId: string, more: Partial<ProvisionOptions> = {}) {
  const proxy = await world.via();
  const events: ProvisioningEvent[] = [];
  const result = await provision({
    ...options(world, connect(world, proxy), platformId),
    onEvent: (event) => events.push(event),
    ...more,
  });
  return { result, events, ...proxy };
}

/** Exports into memory. */
export function removal(
  world: World,
  cloudflare: Cloudflare,
  platformId: string,
): DeprovisionOptions {
  return {
    platformId,
    confirm: platformId,
    cloudflare,
    rootDomain,
    port: world.local.port,
    async saveExport(dump) {
      const database = new DatabaseSync(":memory:", { enableForeignKeyConstraints: false });
      database.exec(await dump.text());
      const tables = database
        .prepare("SELECT name FROM sqlite_master WHERE type = 'table'")
        .all()
        .map(({ name }) => String(name));
      const rows = Object.fromEntries(
        tables.map((table) => {
          const row = database.prepare(`SELECT count(*) AS count FROM "${table}"`).get();
          return [table, Number(row?.["count"])];
        }),
      );
      database.close();
      return { where: "memory", rows };
    },
  };
}

export async function remove(
  world: World,
  platformId: string,
  more: Partial<DeprovisionOptions> = {},
) {
  const proxy = await world.via();
  const result = await deprovision({
    ...removal(world, connect(world, proxy), platformId),
    ...more,
  });
  return { result, ...proxy };
}

export interface Existing {
  workers: string[];
  databases: string[];
  domains: string[];
}

/** What Cloudflare has for a platform. */
export async function existing({ cloudflare }: World, platformId: string): Promise<Existing> {
  const { authHost } = platform(platformId, { rootDomain });
  const workers = await cloudflare.listWorkers();
  const databases = await cloudflare.listDatabases(platformId);
  const domains = await cloudflare.listDomains({ hostname: authHost });
  return {
    workers: workers.map(({ name }) => name).filter((name) => name.startsWith(platformId)),
    databases: databases.map(({ name }) => name),
    domains: domains.map(({ service }) => service),
  };
}

/** The rows that a statement returns in the platform's database. */
export async function select(
  { cloudflare }: World,
  platformId: string,
  statement: string,
): Promise<Row[]> {
  const found = await cloudflare.findDatabase(platform(platformId).databaseName);
  if (found === undefined) throw new Error(`${platformId} has no database`);
  return (await cloudflare.query(found.id, statement, { repeatable: true }))[0] ?? [];
}
