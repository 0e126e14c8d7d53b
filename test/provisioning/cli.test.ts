/** `nno-auth` as an operator types it. Every mistake is answered with one line that says what to do, and exit code 1. */
import { spawn } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { platform } from "../../src/platform.ts";
import { productTag } from "../../src/provisioning/desired.ts";
import { provisioningSteps } from "../../src/provisioning/steps/order.ts";
import {
  existing,
  newPlatformId,
  rootDomain,
  select,
  startWorld,
  type Existing,
  type World,
} from "./world.ts";

const cli = join(import.meta.dirname, "../../src/cli/nno-auth.ts");

let world: World;
let folder: string;
beforeAll(async () => {
  world = await startWorld();
  folder = mkdtempSync(join(tmpdir(), "cli-"));
});
afterAll(async () => {
  await world.stop();
  rmSync(folder, { recursive: true, force: true });
});

interface Outcome {
  code: number | null;
  out: string;
  error: string;
}

async function nnoAuth(args: string[], variables: Record<string, string> = {}): Promise<Outcome> {
  const { apiBaseUrl, accountId, apiToken } = world.local;
  const child = spawn(process.execPath, [cli, ...args], {
    cwd: folder,
    env: {
      PATH: process.env["PATH"],
      NODE_COMPILE_CACHE: process.env["NODE_COMPILE_CACHE"],
      CLOUDFLARE_API_BASE_URL: apiBaseUrl,
      CLOUDFLARE_ACCOUNT_ID: accountId,
      CLOUDFLARE_API_TOKEN: apiToken,
      ...variables,
    },
  });
  const outcome: Outcome = { code: null, out: "", error: "" };
  child.stdout.on("data", (chunk: Buffer) => (outcome.out += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (outcome.error += chunk.toString()));
  outcome.code = await new Promise((resolve) => child.on("close", resolve));
  return outcome;
}

/** One line on stderr, no stack. */
function expectOneLine({ code, error }: Outcome, words: string): void {
  expect(error).toContain(words);
  expect(error.trimEnd().split("\n")).toHaveLength(1);
  expect(error).not.toMatch(/\bat .*:\d+:\d+/);
  expect(code).toBe(1);
}

it.each([
  [["provision", "K3M9"], {}, "a platformId has 10 characters"],
  [["frob"], {}, "frob is not a command"],
  [["provision", "k3m9p2xw7q", "--frob"], {}, "--frob"],
  [["status", "--confirm", "x"], {}, "status has no option --confirm"],
  [["provision"], {}, "which platform?"],
  [["provision", "k3m9p2xw7q", "another"], {}, "too many arguments"],
  [["status"], { CLOUDFLARE_API_TOKEN: "" }, "CLOUDFLARE_API_TOKEN is not set"],
  [["status"], { CLOUDFLARE_API_TOKEN: "not-a-token" }, "refused the token"],
  [["status"], { CLOUDFLARE_ACCOUNT_ID: "mine" }, "CLOUDFLARE_ACCOUNT_ID is not an account id"],
  [
    ["status"],
    { CLOUDFLARE_ACCOUNT_ID: "0".repeat(32) },
    "check that CLOUDFLARE_ACCOUNT_ID is the token's account",
  ],
  [["status"], { CLOUDFLARE_API_BASE_URL: "here" }, "CLOUDFLARE_API_BASE_URL is not a URL"],
  [["status"], { CLOUDFLARE_API_BASE_URL: "http://api.example.com" }, "must be https"],
  [["provision", "k3m9p2xw7q", "--secret", "lower=x"], {}, "--secret lower"],
  [["provision", "k3m9p2xw7q", "--secrets-file", "none.env"], {}, "none.env cannot be read"],
  [["deprovision", "k3m9p2xw7q"], {}, "--confirm k3m9p2xw7q"],
  [["verify", "k3m9p2xw7q"], {}, "nno-auth provision k3m9p2xw7q"],
  [["status", "k3m9p2xw7q"], {}, "there is no platform k3m9p2xw7q on this account"],
  [["local", "--port", "high"], {}, "a port is a whole number"],
  [
    ["status"],
    { CLOUDFLARE_API_BASE_URL: "http://127.0.0.1:9/client/v4" },
    "start it with npm start",
  ],
  [["status", "--state", "nowhere"], {}, "start the local Cloudflare with: nno-auth local"],
])("answers %j %j with one line", async (args, variables, words) => {
  expectOneLine(await nnoAuth(args, variables), words);
});

it("says which port is in use", async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const outcome = await nnoAuth(["local", "--port", String(port), "--state", join(folder, "s1")]);
  expectOneLine(outcome, `port ${port} is in use`);
  server.close();
});

it("says that the state folder cannot be read", async () => {
  const state = join(folder, "corrupt");
  writeFileSync(state, "this is no folder");
  expectOneLine(await nnoAuth(["local", "--port", "0", "--state", state]), state);
});

it("reports a corrupt file in the state folder, and leaves it unchanged", async () => {
  const state = mkdtempSync(join(folder, "corrupt-"));
  const file = join(state, "cloudflare.sqlite");
  const garbage = "garbage ".repeat(1000);
  writeFileSync(file, garbage);
  expectOneLine(await nnoAuth(["local", "--port", "0", "--state", state]), state);
  expect(readFileSync(file, "utf8")).toBe(garbage);
});

it("warns of secrets in arguments, by their names alone, and not of those in a file", async () => {
  const dry = ["provision", newPlatformId(), "--dry-run"];
  const given = ["--secret", "RESEND_API_KEY=re_value", "--secret", "GOOGLE_CLIENT_ID=an-id"];
  const warned = await nnoAuth([...dry, ...given]);
  expect(warned).toMatchObject({ code: 0, error: expect.stringContaining("--secrets-file") });
  expect(warned.error).toContain("warning: RESEND_API_KEY can be seen");
  expect(warned.error + warned.out).not.toContain("re_value");
  const file = join(folder, "secrets.env");
  writeFileSync(file, "RESEND_API_KEY=re_value\n");
  expect(await nnoAuth([...dry, "--secrets-file", file])).toMatchObject({ code: 0, error: "" });
});

it("provisions, lists, verifies and removes a platform", async () => {
  const platformId = newPlatformId();
  const made = await nnoAuth(["provision", platformId, "--secret", "GOOGLE_CLIENT_ID=an-id"]);
  expect(made).toMatchObject({ code: 0, error: "" });
  const lines = made.out.split("\n");
  for (const { name } of provisioningSteps({ hasWorker: false })) {
    expect(lines.filter((line) => line.startsWith(`${name} done`))).toHaveLength(1);
  }
  expect(made.out).toMatch(/\/claim#token=[\w-]{43}\n/);

  const listed = await nnoAuth(["status", "--json"]);
  expect(JSON.parse(listed.out)).toContainEqual(expect.objectContaining({ platformId }));
  const status = await nnoAuth(["status", platformId, "--json"]);
  expect(JSON.parse(status.out)).toMatchObject({ worker: "present", now: { ok: true } });
  expect(await nnoAuth(["verify", platformId])).toMatchObject({ code: 0 });

  const removed = await nnoAuth(["deprovision", platformId, "--confirm", platformId]);
  expect(removed).toMatchObject({ code: 0, error: "" });
  expect((await existing(world, platformId)).workers).toEqual([]);
  const after = await nnoAuth(["status", platformId]);
  expect(after).toMatchObject({ code: 0, out: expect.stringContaining("State        removed") });
  const [name = ""] = readdirSync(join(folder, "exports"));
  const file = join(folder, "exports", name);
  expect(readFileSync(file, "utf8")).toContain("CREATE TABLE");
  expect(statSync(file).mode & 0o077).toBe(0);
});

it.each([
  [{}, [], 0, "✓ Workers can be written"],
  [{ CLOUDFLARE_API_TOKEN: "databases-only" }, [], 1, "needs Account > Workers Scripts > Edit"],
  [{}, ["--root-domain", "other.localhost"], 1, "? the zone other.localhost is there"],
])(
  "doctor %j %j exits with 0 only if no permission is missing or unknown",
  async (variables, args, code, words) => {
    const outcome = await nnoAuth(["doctor", ...args], variables);
    expect(outcome).toMatchObject({ code, error: "" });
    expect(outcome.out).toContain(words);
  },
);

it("prints a plan and changes nothing with --dry-run", async () => {
  const platformId = newPlatformId();
  const { out, code } = await nnoAuth(["provision", platformId, "--dry-run"]);
  expect(code).toBe(0);
  expect(out).toContain(`create ${platformId}-default-auth-db`);
  expect(await existing(world, platformId)).toEqual({ workers: [], databases: [], domains: [] });
});

it("distinguishes a half-made platform from one that does not exist", async () => {
  const platformId = newPlatformId();
  const { databaseName } = platform(platformId);
  await world.cloudflare.createDatabase(databaseName);
  const outcome = await nnoAuth(["status", platformId]);
  expect(outcome).toMatchObject({ code: 0, error: "" });
  expect(outcome.out).toContain("State        unfinished");
  const machine = await nnoAuth(["status", platformId, "--json"]);
  expect(JSON.parse(machine.out)).toMatchObject({
    state: "unfinished",
    worker: "absent",
    database: { state: "present" },
  });
});

const nothing: Existing = { workers: [], databases: [], domains: [] };

it.each([
  ["databases-only", "everything that this run had created was removed again"],
  ["workers-only", "nothing was changed"],
])("changes nothing with a token that is short of a permission: %s", async (token, state) => {
  const platformId = newPlatformId();
  const outcome = await nnoAuth(["provision", platformId], { CLOUDFLARE_API_TOKEN: token });
  expectOneLine(outcome, "Cloudflare refused the token");
  expect(outcome.error).toContain(`${state}; `);
  expect(outcome.error).toContain("nno-auth doctor");
  expect(await existing(world, platformId)).toEqual(nothing);
});

it("takes no hostname away from another Worker", async () => {
  const platformId = newPlatformId();
  const { authHost } = platform(platformId, { rootDomain });
  const { cloudflare, release } = world;
  const workerName = "somebody-else";
  await cloudflare.uploadWorker({ workerName, release, bindings: [], tags: [] });
  await cloudflare.attachDomain({ hostname: authHost, service: workerName });
  const outcome = await nnoAuth(["provision", platformId]);
  expectOneLine(outcome, `${authHost} belongs to the Worker ${workerName}; nothing was changed;`);
  expect(await existing(world, platformId)).toEqual({ ...nothing, domains: [workerName] });
});

it("does not touch a database that is somebody else's", async () => {
  const platformId = newPlatformId();
  const { databaseName } = platform(platformId);
  const { id } = await world.cloudflare.createDatabase(databaseName);
  const statements = "CREATE TABLE invoice (total INTEGER); INSERT INTO invoice VALUES (42)";
  await world.cloudflare.query(id, statements, { repeatable: false });
  const outcome = await nnoAuth(["provision", platformId]);
  expectOneLine(outcome, `the database ${databaseName} exists and has neither our journal`);
  expect(await existing(world, platformId)).toEqual({ ...nothing, databases: [databaseName] });
  const tables = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT GLOB '_cf_*'";
  expect(await select(world, platformId, tables)).toEqual([{ name: "invoice" }]);
  expect(await select(world, platformId, "SELECT total FROM invoice")).toEqual([{ total: 42 }]);
});

/** Makes a state folder, below the folder in which the commands run, with the credentials of the world. */
function writeState(name: string): void {
  const { apiBaseUrl, accountId, apiToken } = world.local;
  mkdirSync(join(folder, name));
  writeFileSync(
    join(folder, name, "cloudflare.env"),
    `CLOUDFLARE_API_BASE_URL=${apiBaseUrl}\nCLOUDFLARE_ACCOUNT_ID=${accountId}\nCLOUDFLARE_API_TOKEN=${apiToken}\n`,
  );
}

it("advises commands for the Cloudflare that it looked at", async () => {
  writeState("elsewhere");
  writeState(".nno");
  const verify = ["verify", "k3m9p2xw7q"];
  const here = await nnoAuth([...verify, "--state", "elsewhere"]);
  expect(here.error).toMatch(/nno-auth provision k3m9p2xw7q --state elsewhere$/m);
  const local = await nnoAuth([...verify, "--local"]);
  expect(local.error).toMatch(/nno-auth provision k3m9p2xw7q --local$/m);
  const machine = await nnoAuth([...verify, "--local", "--json"]);
  expect(JSON.parse(machine.out)).toMatchObject({
    error: { next: expect.stringMatching(/nno-auth provision k3m9p2xw7q --local$/) },
  });
  expectOneLine(await nnoAuth(["status", "--state", "nowhere"]), "nno-auth local --state nowhere");
});

it("upgrades, reports failures as JSON, and says in a dry run whether there is anything to do", async () => {
  const dry = ["upgrade", "--dry-run"];
  expect((await nnoAuth(dry)).out).toContain("There is no platform yet");

  const foreignId = newPlatformId();
  const { workerName } = platform(foreignId);
  const { cloudflare, release } = world;
  await cloudflare.uploadWorker({ workerName, release, bindings: [], tags: [productTag] });
  expect((await nnoAuth(dry)).out).toContain(`Not at ${release.tag}:\n${foreignId}`);
  const failed = await nnoAuth(["upgrade", "--json"]);
  expect(failed.code).toBe(1);
  const error = {
    code: "worker_foreign",
    message: expect.stringContaining("PLATFORM_ID is not set"),
    state: "nothing was changed",
    next: expect.stringContaining("rename or delete that Worker"),
  };
  expect(JSON.parse(failed.out)).toMatchObject({ failed: [{ platformId: foreignId, error }] });
  await cloudflare.deleteWorker(workerName);

  await nnoAuth(["provision", newPlatformId()]);
  const nothing = await nnoAuth(dry);
  expect(nothing).toMatchObject({ code: 0, error: "" });
  expect(nothing.out).toContain(`Every platform runs ${release.tag}`);
});

it("answers errors as JSON for machines", async () => {
  const { out, code } = await nnoAuth(["provision", "nope", "--json"]);
  expect(JSON.parse(out)).toMatchObject({ error: { code: "input_invalid" } });
  expect(code).toBe(1);
});

it("answers a missing command with JSON if --json is given, and shows the help if asked", async () => {
  const { out, code, error } = await nnoAuth(["--json"]);
  expect(JSON.parse(out)).toMatchObject({
    error: { code: "usage", message: expect.stringContaining("which command?") },
  });
  expect({ code, error }).toEqual({ code: 1, error: "" });
  for (const args of [["help", "--json"], ["--help", "--json"], []]) {
    expect(await nnoAuth(args)).toMatchObject({
      code: 0,
      out: expect.stringContaining("--dry-run"),
    });
  }
});
