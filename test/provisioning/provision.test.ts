/** The result of the job, as the platform and Cloudflare show it. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { localFetch } from "../../src/cli/local-fetch.ts";
import { platform } from "../../src/platform.ts";
import { createCloudflare } from "../../src/provisioning/cloudflare/client.ts";
import { hasSecret } from "../../src/provisioning/observe.ts";
import { readStatus, verify } from "../../src/provisioning/status.ts";
import { provisioningSteps } from "../../src/provisioning/steps/order.ts";
import { unlimited } from "../../src/provisioning/cloudflare/rate-budget.ts";
import {
  connect,
  existing,
  newPlatformId,
  nextRelease,
  options,
  remove,
  rootDomain,
  run,
  select,
  startWorld,
  type World,
} from "./world.ts";
import { provision } from "../../src/provisioning/provision.ts";

const stepNames = provisioningSteps({ hasWorker: false }).map(({ name }) => name);

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(async () => world.stop());

const contractOf = (platformId: string) =>
  platform(platformId, { rootDomain, port: world.local.port });

/** Makes the first admin with a claim link. @returns the cookie of their session. */
async function claim(link: string): Promise<string> {
  const { origin, hash } = new URL(link);
  const email = "admin@example.com";
  const password = "tortoise velvet 41 orchards";
  const post = async (path: string, body: unknown) =>
    localFetch(origin + path, {
      method: "POST",
      headers: { "Content-Type": "application/json", Origin: origin },
      body: JSON.stringify(body),
    });
  const claimed = await post("/api/auth/platform/claim", {
    token: hash.slice("#token=".length),
    account: { name: "Admin", email, password },
  });
  expect(await claimed.json()).toMatchObject({ user: { email, role: "platform-admin" } });
  const signedIn = await post("/api/auth/sign-in/email", { email, password });
  return signedIn.headers
    .getSetCookie()
    .map((cookie) => cookie.split(";")[0])
    .join("; ");
}

async function whoIs(platformId: string, cookie: string): Promise<unknown> {
  const url = `${contractOf(platformId).authUrl}/api/auth/session`;
  const answer = await localFetch(url, { headers: { Cookie: cookie } });
  return answer.json();
}

it("creates a platform with 7 calls, and finds it up to date with 3", async () => {
  const platformId = newPlatformId();
  const first = await run(world, platformId);
  expect(first.calls).toHaveLength(7);
  expect(first.result.changed).toBe(true);

  const second = await run(world, platformId);
  expect(second.calls).toHaveLength(3);
  expect(second.result).toMatchObject({ changed: false, claim: undefined });
  expect([...first.problems, ...second.problems]).toEqual([]);
});

it("reports each step while it runs", async () => {
  const { events } = await run(world, newPlatformId());
  const steps = events.filter((event) => event.type === "step");
  const ended = steps.filter(({ state }) => state === "done").map(({ step }) => step);
  expect(ended).toEqual(stepNames);
});

it("writes its steps into the platform's journal", async () => {
  const platformId = newPlatformId();
  await run(world, platformId);
  const steps = await select(
    world,
    platformId,
    "SELECT step, state, ended_at >= started_at AS is_timed FROM provisioning_step ORDER BY position",
  );
  expect(steps).toEqual(stepNames.map((step) => ({ step, state: "done", is_timed: 1 })));
});

it("issues a claim link that makes the first platform admin, once", async () => {
  const platformId = newPlatformId();
  const { result } = await run(world, platformId);
  const cookie = await claim(result.claim?.url ?? "");
  expect(await whoIs(platformId, cookie)).toMatchObject({ user: { role: "platform-admin" } });
  const again = await run(world, platformId, { claim: "always" });
  expect(again.result.claim).toBeUndefined();
});

it("replaces an open claim link when asked for a fresh one", async () => {
  const platformId = newPlatformId();
  await run(world, platformId);
  const { result } = await run(world, platformId, { claimEmail: "one@example.com" });
  expect(result.claim?.email).toBe("one@example.com");
  const rows = await select(world, platformId, "SELECT email FROM platform_claim");
  expect(rows).toEqual([{ email: "one@example.com" }]);
});

it("keeps sessions, secrets and the operator's bindings through an upgrade", async () => {
  const platformId = newPlatformId();
  const first = await run(world, platformId, {
    secrets: { GOOGLE_CLIENT_ID: "an-id", GOOGLE_CLIENT_SECRET: "a-secret" },
    emailFrom: "Auth <auth@example.com>",
  });
  const cookie = await claim(first.result.claim?.url ?? "");
  const upgrade = await run(world, platformId, { release: nextRelease(world) });
  expect(upgrade.secrets.size).toBe(0);
  expect(await whoIs(platformId, cookie)).toMatchObject({ user: { role: "platform-admin" } });
  const worker = await world.cloudflare.readWorker(contractOf(platformId).workerName);
  expect(worker?.bindings).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ name: "GOOGLE_CLIENT_SECRET", type: "secret_text" }),
      expect.objectContaining({ name: "EMAIL_FROM", text: "Auth <auth@example.com>" }),
    ]),
  );
  const applied = await select(world, platformId, "SELECT name FROM d1_migrations ORDER BY id");
  expect(applied.at(-1)).toEqual({ name: "0100_note.sql" });
  expect(upgrade.problems).toEqual([]);
});

it("keeps a secret that wrangler sets during the upgrade", async () => {
  const platformId = newPlatformId();
  await run(world, platformId);
  const { workerName } = contractOf(platformId);
  const cloudflare = createCloudflare({
    ...world.local,
    budget: unlimited,
    async fetch(input, init) {
      const url = new URL(input instanceof Request ? input.url : input);
      if (init?.method === "PUT" && url.pathname.endsWith(`/scripts/${workerName}`)) {
        await fetch(`${url.origin}${url.pathname}/secrets`, {
          method: "PUT",
          headers: {
            Authorization: `Bearer ${world.local.apiToken}`,
            "Content-Type": "application/json",
          },
          body: JSON.stringify({ name: "GITHUB_CLIENT_ID", text: "an-id", type: "secret_text" }),
        });
      }
      return fetch(input, init);
    },
  });
  await provision({ ...options(world, cloudflare, platformId), release: nextRelease(world) });
  const worker = await world.cloudflare.readWorker(workerName);
  expect(hasSecret(worker, "GITHUB_CLIENT_ID")).toBe(true);
  expect(hasSecret(worker, "BETTER_AUTH_SECRET")).toBe(true);
});

it("keeps the history of jobs through many verifications, and is not blocked by them", async () => {
  const platformId = newPlatformId();
  await run(world, platformId);
  for (let count = 0; count < 25; count += 1) {
    await verify(options(world, world.cloudflare, platformId));
  }
  const counted = "SELECT command, count(*) AS count FROM provisioning GROUP BY command ORDER BY 1";
  expect(await select(world, platformId, counted)).toEqual([
    { command: "provision", count: 1 },
    { command: "verify", count: 10 },
  ]);
  const upgrade = await run(world, platformId, { release: nextRelease(world) });
  expect(upgrade.calls).toHaveLength(8);
  expect(await select(world, platformId, counted)).toContainEqual({
    command: "provision",
    count: 2,
  });
});

it("leaves the mail binding as its operator made it", async () => {
  const platformId = newPlatformId();
  const { result } = await run(world, platformId);
  const { workerName } = contractOf(platformId);
  const before = await world.cloudflare.readWorker(workerName);
  const mail = {
    type: "send_email",
    name: "EMAIL",
    allowed_sender_addresses: ["auth@example.com"],
  };
  await world.cloudflare.uploadWorker({
    workerName,
    release: world.release,
    tags: before?.tags ?? [],
    bindings: (before?.bindings ?? []).map((binding) => {
      if (binding.name === "EMAIL") return mail;
      if (binding.name === "DB") return { ...binding, database_id: result.databaseId };
      return { type: "inherit", name: binding.name };
    }),
  });
  await run(world, platformId, { release: nextRelease(world) });
  const after = await world.cloudflare.readWorker(workerName);
  expect(after?.bindings.find(({ name }) => name === "EMAIL")).toEqual(mail);
});

it("takes a bookmark before it migrates a database with data, and says how to restore it", async () => {
  const platformId = newPlatformId();
  await run(world, platformId);
  const { calls, events } = await run(world, platformId, { release: nextRelease(world) });
  const bookmark = calls.findIndex((call) => call.endsWith("/time_travel/bookmark"));
  expect(bookmark).toBeGreaterThan(-1);
  expect(events).toContainEqual(
    expect.objectContaining({ message: expect.stringContaining("time-travel restore") }),
  );
});

it("applies nothing of a migration that fails, and resumes when it is corrected", async () => {
  const platformId = newPlatformId();
  await run(world, platformId);
  const next = nextRelease(world);
  const broken = {
    ...next,
    migrations: [
      ...world.release.migrations,
      {
        name: "0100_note.sql",
        sql: "CREATE TABLE note (id TEXT); INSERT INTO nowhere VALUES (1);",
      },
    ],
  };
  await expect(run(world, platformId, { release: broken })).rejects.toMatchObject({
    code: "migration_failed",
    state: expect.stringContaining(world.release.migrations.at(-1)?.name ?? "-"),
  });
  expect(
    await select(world, platformId, "SELECT name FROM sqlite_master WHERE name = 'note'"),
  ).toEqual([]);
  const [job] = await select(
    world,
    platformId,
    "SELECT outcome, running FROM provisioning ORDER BY started_at DESC LIMIT 1",
  );
  expect(job).toEqual({ outcome: "failed", running: null });
  expect((await run(world, platformId, { release: next })).result.changed).toBe(true);
});

it("makes one platform when two jobs run at once: one does the work, the other waits", async () => {
  const platformId = newPlatformId();
  const [one, other] = await Promise.all([run(world, platformId), run(world, platformId)]);
  expect([...one.secrets, ...other.secrets]).toHaveLength(1);
  const claims = [one.result.claim, other.result.claim].filter((link) => link !== undefined);
  expect(claims).toHaveLength(1);
  const contract = contractOf(platformId);
  expect(await existing(world, platformId)).toEqual({
    workers: [contract.workerName],
    databases: [contract.databaseName],
    domains: [contract.workerName],
  });
});

it("fails instead of waiting for another job when asked to", async () => {
  const platformId = newPlatformId();
  await run(world, platformId);
  await select(
    world,
    platformId,
    "INSERT INTO provisioning (job_id, command, started_at, lease_expires_at, running) VALUES ('other', 'provision', 9e15, 9e15, 1)",
  );
  await expect(
    run(world, platformId, { release: nextRelease(world), failWhenBusy: true }),
  ).rejects.toMatchObject({ code: "platform_busy" });
});

it("resumes from a database that a crashed run left empty", async () => {
  const platformId = newPlatformId();
  await world.cloudflare.createDatabase(contractOf(platformId).databaseName);
  const { result } = await run(world, platformId);
  expect(result.claim).toBeDefined();
});

it("adopts a database that wrangler migrated", async () => {
  const platformId = newPlatformId();
  const { id } = await world.cloudflare.createDatabase(contractOf(platformId).databaseName);
  const [first] = world.release.migrations;
  await world.cloudflare.query(
    id,
    `${first?.sql}\nCREATE TABLE d1_migrations (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE, applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL);
INSERT INTO d1_migrations (name) VALUES ('${first?.name}');`,
    { repeatable: false },
  );
  const { result } = await run(world, platformId);
  expect(result.databaseId).toBe(id);
});

it("refuses a database of the platform's name that is somebody else's", async () => {
  const platformId = newPlatformId();
  const { id } = await world.cloudflare.createDatabase(contractOf(platformId).databaseName);
  await world.cloudflare.query(id, "CREATE TABLE user (name TEXT)", { repeatable: false });
  await expect(run(world, platformId)).rejects.toMatchObject({ code: "database_foreign" });
  const ours = "SELECT name FROM sqlite_master WHERE name NOT GLOB '_cf_*'";
  expect(await select(world, platformId, ours)).toEqual([{ name: "user" }]);
  expect((await existing(world, platformId)).workers).toEqual([]);
});

it("refuses a hostname that belongs to another Worker, before anything is made", async () => {
  const other = newPlatformId();
  await run(world, other);
  const platformId = newPlatformId();
  await world.cloudflare.attachDomain({
    hostname: contractOf(platformId).authHost,
    service: contractOf(other).workerName,
  });
  await expect(run(world, platformId)).rejects.toMatchObject({
    code: "hostname_taken",
    state: "nothing was changed",
  });
  expect(await existing(world, platformId)).toMatchObject({ workers: [], databases: [] });
});

it("refuses a Worker of the platform's name that is not the platform's", async () => {
  const platformId = newPlatformId();
  await world.cloudflare.uploadWorker({
    workerName: contractOf(platformId).workerName,
    release: world.release,
    bindings: [],
    tags: [],
  });
  await expect(run(world, platformId)).rejects.toMatchObject({ code: "worker_foreign" });
});

it("never overwrites BETTER_AUTH_SECRET", async () => {
  const platformId = newPlatformId();
  await run(world, platformId);
  const secrets = { BETTER_AUTH_SECRET: "another-secret-of-32-characters-or-more" };
  await expect(run(world, platformId, { secrets })).rejects.toMatchObject({
    code: "secret_exists",
  });
});

it("never reveals a secret or a claim's token in an event", async () => {
  const { events, secrets, result } = await run(world, newPlatformId(), {
    secrets: { RESEND_API_KEY: "re_this_is_a_secret" },
  });
  const said = JSON.stringify([events, { ...result, claim: undefined }]);
  const token = new URL(result.claim?.url ?? "").hash.slice("#token=".length);
  for (const secret of [...secrets, "re_this_is_a_secret", token]) {
    expect(said).not.toContain(secret);
  }
});

it("plans without changing anything", async () => {
  const platformId = newPlatformId();
  const { result, calls } = await run(world, platformId, { dryRun: true });
  expect(result.steps.filter(({ isNeeded }) => isNeeded).map(({ name }) => name)).toEqual(
    stepNames,
  );
  expect(calls.every((call) => call.startsWith("GET "))).toBe(true);
});

it("keeps two platforms apart: a session of one signs nobody in at the other", async () => {
  const [one, other] = [newPlatformId(), newPlatformId()];
  const first = await run(world, one);
  const second = await run(world, other);
  const cookie = await claim(first.result.claim?.url ?? "");
  expect(await whoIs(one, cookie)).toMatchObject({ user: { role: "platform-admin" } });
  expect(await whoIs(other, cookie)).toEqual({ session: null });
  expect([...first.secrets][0]).not.toBe([...second.secrets][0]);
});

it("stops between two steps when it is told to, and gives the lease back", async () => {
  const platformId = newPlatformId();
  const stop = new AbortController();
  const stopped = provision({
    ...options(world, connect(world, await world.via()), platformId),
    signal: stop.signal,
    onEvent: (event) => {
      if (event.type === "step" && event.step === "worker") stop.abort(new Error("enough"));
    },
  });
  await expect(stopped).rejects.toMatchObject({
    state: "completed steps: database, migrations, worker",
  });
  expect((await run(world, platformId, { failWhenBusy: true })).result.changed).toBe(true);
});

it("leaves nothing behind if the token lacks a permission", async () => {
  const platformId = newPlatformId();
  for (const apiToken of ["databases-only", "workers-only"]) {
    const cloudflare = createCloudflare({ ...world.local, apiToken, budget: unlimited });
    const refused = provision(options(world, cloudflare, platformId));
    await expect(refused).rejects.toMatchObject({ code: "token_refused" });
    expect(await existing(world, platformId)).toEqual({ workers: [], databases: [], domains: [] });
  }
});

it("leaves nothing behind if the zone is not the account's", async () => {
  const platformId = newPlatformId();
  const refused = run(world, platformId, { rootDomain: "other.localhost" });
  await expect(refused).rejects.toMatchObject({
    state: "everything that this run had created was removed again",
  });
  expect(await existing(world, platformId)).toEqual({ workers: [], databases: [], domains: [] });
});

it("leaves a platform unchanged if its custom domain cannot be attached", async () => {
  const platformId = newPlatformId();
  await run(world, platformId);
  const { workerName } = contractOf(platformId);
  const before = await world.cloudflare.readWorker(workerName);
  const custom = { customDomain: "auth.example.com", cookieDomain: ".example.com" };
  await expect(run(world, platformId, custom)).rejects.toThrow();
  expect(await world.cloudflare.readWorker(workerName)).toEqual(before);
});

it.each([
  [
    "of the platform's own",
    (platformId: string) => ({
      customDomain: `login.${platformId}.${rootDomain}`,
      cookieDomain: `.${platformId}.${rootDomain}`,
    }),
  ],
  [
    "beside the root domain",
    () => ({
      rootDomain: `platforms.${rootDomain}`,
      customDomain: `auth.acme.${rootDomain}`,
      cookieDomain: `.acme.${rootDomain}`,
    }),
  ],
])("serves a custom domain %s on a local edge, and keeps it", async (_, choose) => {
  const platformId = newPlatformId();
  const { customDomain, cookieDomain, ...root } = choose(platformId);
  const authUrl = `http://${customDomain}:${world.local.port}`;
  const first = await run(world, platformId, { customDomain, cookieDomain, ...root });
  expect(first.result.authUrl).toBe(authUrl);
  expect(first.result.claim?.url).toContain(authUrl);

  const asked = { ...options(world, world.cloudflare, platformId), ...root };
  expect(await verify(asked)).toMatchObject({ ok: true, authUrl });
  expect(await readStatus(asked)).toMatchObject({ authUrl, now: { ok: true } });
  const again = await run(world, platformId, root);
  expect(again.result).toMatchObject({ changed: false, authUrl });
});

it("does not bring a removed platform back by mistake", async () => {
  const platformId = newPlatformId();
  await run(world, platformId);
  const { result } = await remove(world, platformId);
  expect(result).toMatchObject({ changed: true, exportedTo: "memory" });
  await expect(run(world, platformId)).rejects.toMatchObject({ code: "platform_removed" });
});

it("removes nothing if the export is incomplete", async () => {
  const platformId = newPlatformId();
  await run(world, platformId);
  const saveExport = async () => ({ where: "nowhere", rows: {} });
  await expect(remove(world, platformId, { saveExport })).rejects.toMatchObject({
    code: "export_failed",
  });
  const contract = contractOf(platformId);
  expect(await existing(world, platformId)).toMatchObject({ domains: [contract.workerName] });
  expect((await run(world, platformId)).result.databaseId).toBeDefined();
});

it("removes nothing without its platformId as confirmation", async () => {
  const platformId = newPlatformId();
  await run(world, platformId);
  await expect(remove(world, platformId, { confirm: "another" })).rejects.toMatchObject({
    code: "input_invalid",
  });
  await expect(remove(world, newPlatformId())).rejects.toMatchObject({ code: "platform_unknown" });
});
