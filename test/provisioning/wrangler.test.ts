/** The job and the real wrangler on one platform. Each understands what the other did. */
import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { hasSecret } from "../../src/provisioning/observe.ts";
import { platform } from "../../src/platform.ts";
import { rootDomain, run, startWorld, type World } from "./world.ts";

const root = join(import.meta.dirname, "../..");
/** The platform of wrangler.toml. */
const platformId = "k3m9p2xw7q";

/** Migrations of the owner, beside those that the project may have. */
const own = [{ name: "own/0800_note.sql", sql: "CREATE TABLE note (id TEXT);\n" }];
const nextOwn = { name: "own/0801_note.sql", sql: "ALTER TABLE note ADD text TEXT;\n" };

let world: World;
let folder: string;
const releaseWith = (more: typeof own) => ({
  ...world.release,
  migrations: [...world.release.migrations, ...more],
});
beforeAll(async () => {
  world = await startWorld();
  folder = mkdtempSync(join(tmpdir(), "wrangler-"));
  cpSync(join(root, "migrations"), join(folder, "migrations"), { recursive: true });
  mkdirSync(join(folder, "migrations/own"), { recursive: true });
  for (const { name, sql } of own) writeFileSync(join(folder, "migrations", name), sql);
  await run(world, platformId, { release: releaseWith(own) });
  const config = readFileSync(join(root, "wrangler.toml"), "utf8")
    .replace('main = "src/worker/index.ts"', `main = "${join(root, "src/worker/index.ts")}"`)
    .replaceAll("nno.app", rootDomain);
  writeFileSync(join(folder, "wrangler.toml"), config);
});
afterAll(async () => {
  await world.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function wrangler(args: string[], input = ""): Promise<string> {
  const { apiBaseUrl, apiToken, accountId } = world.local;
  const child = promisify(execFile)(
    process.execPath,
    [join(root, "node_modules/wrangler/bin/wrangler.js"), ...args],
    {
      cwd: folder,
      env: {
        ...process.env,
        CLOUDFLARE_API_BASE_URL: apiBaseUrl,
        CLOUDFLARE_API_TOKEN: apiToken,
        CLOUDFLARE_ACCOUNT_ID: accountId,
        WRANGLER_SEND_METRICS: "false",
        CI: "true",
        NO_COLOR: "1",
      },
    },
  );
  child.child.stdin?.end(input);
  return (await child).stdout;
}

const { workerName } = platform(platformId);

it("lets wrangler see that every migration is applied, the owner's too", async () => {
  expect(await wrangler(["d1", "migrations", "list", "DB", "--remote"])).toContain(
    "No migrations to apply",
  );
});

it("recognises a migration of the owner that wrangler has applied", async () => {
  writeFileSync(join(folder, "migrations", nextOwn.name), nextOwn.sql);
  await wrangler(["d1", "migrations", "apply", "DB", "--remote"]);
  const release = releaseWith([...own, nextOwn]);
  const { result, calls } = await run(world, platformId, { release });
  expect(result.changed).toBe(false);
  expect(calls).toHaveLength(3);
});

it("keeps a secret that wrangler set, and finds the platform up to date", async () => {
  await wrangler(["secret", "put", "GOOGLE_CLIENT_ID"], "an-id");
  const { result, calls } = await run(world, platformId, { release: releaseWith(own) });
  expect(result.changed).toBe(false);
  expect(calls).toHaveLength(3);
  const next = { ...releaseWith(own), tag: `${world.release.tag}-next` };
  await run(world, platformId, { release: next });
  const worker = await world.cloudflare.readWorker(workerName);
  expect(hasSecret(worker, "GOOGLE_CLIENT_ID")).toBe(true);
});

it("takes over a Worker that wrangler deployed, with its secret", async () => {
  await wrangler(["deploy"]);
  const { result, secrets } = await run(world, platformId);
  expect(result.changed).toBe(true);
  expect(secrets.size).toBe(0);
  expect((await run(world, platformId)).calls).toHaveLength(3);
});
