/** A job that has lost its lease to another one changes nothing any more, not even with a call that was already waiting. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { localFetch } from "../../src/cli/local-fetch.ts";
import { platform } from "../../src/platform.ts";
import { createCloudflare } from "../../src/provisioning/cloudflare/client.ts";
import type { Row } from "../../src/provisioning/cloudflare/databases.ts";
import { deprovision } from "../../src/provisioning/deprovision.ts";
import { JobStopped } from "../../src/provisioning/explain.ts";
import { provision } from "../../src/provisioning/provision.ts";
import { unlimited } from "../../src/provisioning/cloudflare/rate-budget.ts";
import {
  existing,
  newPlatformId,
  options,
  removal,
  rootDomain,
  run,
  select,
  startWorld,
  type World,
} from "./world.ts";

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(async () => world.stop());

/** A client whose first matching call is answered with 429; `meanwhile` happens before that answer. */
function limited(method: string, path: RegExp, meanwhile: () => Promise<unknown>) {
  const reached: string[] = [];
  let isFirst = true;
  const cloudflare = createCloudflare({
    ...world.local,
    budget: unlimited,
    async fetch(input, init) {
      const { pathname } = new URL(input instanceof Request ? input.url : input);
      if (init?.method !== method || !path.test(pathname)) return fetch(input, init);
      if (!isFirst) {
        reached.push(pathname);
        return fetch(input, init);
      }
      isFirst = false;
      await meanwhile();
      return new Response("{}", { status: 429, headers: { "Retry-After": "1" } });
    },
  });
  return { cloudflare, reached };
}

it("uploads nothing after another job has taken over while the upload waited", async () => {
  const platformId = newPlatformId();
  const others: { url: string; secrets: Set<string> }[] = [];
  const { cloudflare, reached } = limited("PUT", /\/workers\/scripts\/[^/]+$/, async () => {
    const { result, secrets } = await run(world, platformId);
    others.push({ url: result.claim?.url ?? "", secrets });
  });
  const first = provision({ ...options(world, cloudflare, platformId), leaseSeconds: 1 });
  await expect(first).rejects.toMatchObject({
    code: "lease_lost",
    next: expect.stringContaining("run again"),
  });
  expect(reached).toEqual([]);
  expect(others).toHaveLength(1);
  expect(others[0]?.secrets.size).toBe(1);
  expect((await run(world, platformId)).result.changed).toBe(false);
});

it("deletes no database after another job has taken over while the deletion waited", async () => {
  const platformId = newPlatformId();
  await run(world, platformId);
  const { cloudflare, reached } = limited("DELETE", /\/d1\/database\//, async () =>
    run(world, platformId),
  );
  const first = deprovision({ ...removal(world, cloudflare, platformId), leaseSeconds: 1 });
  await expect(first).rejects.toMatchObject({ code: "lease_lost" });
  expect(reached).toEqual([]);
  expect(await existing(world, platformId)).toMatchObject({
    databases: [platform(platformId, { rootDomain }).databaseName],
  });
  expect(await select(world, platformId, "SELECT count(*) AS count FROM user")).toEqual([
    { count: 0 },
  ]);
});

it("waits for another job with one call for each poll, and announces its plan once", async () => {
  const platformId = newPlatformId();
  await run(world, platformId);
  // Without the Worker, a job meets the other one only when it takes the lease, after it has announced its plan.
  await world.cloudflare.deleteWorker(platform(platformId).workerName);
  await select(
    world,
    platformId,
    `INSERT INTO provisioning (job_id, command, started_at, lease_expires_at, running)
VALUES ('other', 'provision', unixepoch() * 1000 + 1000, unixepoch() * 1000 + 8000, 1)`,
  );
  const { calls, events } = await run(world, platformId);
  expect(events.filter(({ type }) => type === "plan")).toHaveLength(1);
  expect(calls.filter((call) => call === "POST /d1/database")).toHaveLength(2);
  const waited = calls.lastIndexOf("GET /workers/domains") - 1 - calls.indexOf("POST /d1/database");
  // 5 calls: the name is taken, find it, read it, the lease is taken, read it. Polls after 1, 2 and 4 seconds and at the end.
  expect(waited).toBeLessThanOrEqual(5 + 4);
});

it("shows in its journal what a slow job is doing", async () => {
  const platformId = newPlatformId();
  const seen: Row[][] = [];
  let startedAt: number | undefined;
  const { calls } = await run(world, platformId, {
    async fetch(input, init) {
      startedAt ??= Date.now();
      // At first the host cannot be reached, as before its certificate is issued.
      if (Date.now() - startedAt < 4000) throw new Error("no certificate yet");
      seen.push(
        await select(
          world,
          platformId,
          "SELECT step, state, detail FROM provisioning_step WHERE step IN ('hostname', 'verify') ORDER BY position",
        ),
      );
      return localFetch(input, init);
    },
  });
  expect(seen[0]).toMatchObject([
    { step: "hostname", state: "done" },
    { step: "verify", state: "running", detail: expect.stringContaining("cannot be reached") },
  ]);
  expect(calls.length).toBeLessThanOrEqual(7 + 2);
});

/** A client for which an export takes a few polls, during which the database answers no query. */
function exporting(onPoll: (poll: number) => void = () => {}) {
  const refused: string[] = [];
  let polls = 0;
  const cloudflare = createCloudflare({
    ...world.local,
    budget: unlimited,
    async fetch(input, init) {
      const { pathname } = new URL(input instanceof Request ? input.url : input);
      const isExported = polls === 0 || polls > 3;
      if (pathname.endsWith("/query") && !isExported) {
        refused.push(pathname);
        return new Response("{}", { status: 500 });
      }
      if (!pathname.endsWith("/export") || ++polls > 3) return fetch(input, init);
      onPoll(polls);
      const result = { success: true, status: "active", at_bookmark: "bookmark" };
      return Response.json({ success: true, errors: [], messages: [], result });
    },
  });
  return { cloudflare, refused };
}

it("sends no query to a database during its export, and still has the lease afterwards", async () => {
  const platformId = newPlatformId();
  await run(world, platformId);
  let leases: Promise<Row[]> | undefined;
  const { cloudflare, refused } = exporting((poll) => {
    if (poll !== 3) return;
    const lease =
      "SELECT lease_expires_at - unixepoch() * 1000 AS ms FROM provisioning WHERE running";
    leases = select(world, platformId, lease);
  });
  await deprovision({ ...removal(world, cloudflare, platformId), leaseSeconds: 1 });
  expect(refused).toEqual([]);
  const [found] = (await leases) ?? [];
  expect(Number(found?.["ms"])).toBeGreaterThan(25 * 60 * 1000);
});

it("stops during an export when it is told to, and removes nothing", async () => {
  const platformId = newPlatformId();
  await run(world, platformId);
  const stop = new AbortController();
  const { cloudflare } = exporting((poll) => {
    if (poll === 1) stop.abort(new JobStopped());
    if (poll > 1) throw new Error("asked again");
  });
  const stopped = deprovision({
    ...removal(world, cloudflare, platformId),
    signal: stop.signal,
  });
  await expect(stopped).rejects.toMatchObject({ code: "stopped", state: "nothing was removed" });
  const { workerName, databaseName } = platform(platformId);
  expect(await existing(world, platformId)).toEqual({
    workers: [workerName],
    databases: [databaseName],
    domains: [workerName],
  });
});

it("sends a call that had to wait if no other job took over", async () => {
  const platformId = newPlatformId();
  const { cloudflare, reached } = limited("PUT", /\/workers\/scripts\/[^/]+$/, async () => {});
  await provision({ ...options(world, cloudflare, platformId), leaseSeconds: 1 });
  expect(reached).toHaveLength(1);
  expect((await run(world, platformId)).calls).toHaveLength(3);
});
