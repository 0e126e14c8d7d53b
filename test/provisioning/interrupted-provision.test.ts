/** A provision that is cut off at any of its calls, in any way, and run again, leaves one of everything and the same secret. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { platform } from "../../src/platform.ts";
import { provision } from "../../src/provisioning/provision.ts";
import { judged } from "../local/openapi.ts";
import { interruptions, type Way } from "./interruptions.ts";
import type { Fault } from "./proxy.ts";
import {
  connect,
  existing,
  newPlatformId,
  nextRelease,
  options,
  run,
  select,
  startWorld,
  type World,
} from "./world.ts";

const calls = [
  "reads the Worker",
  "reads the domain",
  "creates the database",
  "takes the lease and migrates",
  "uploads the Worker",
  "attaches the hostname",
  "issues the claim and ends",
];

/** Runs once with the fault, then again until it is done, and checks what exists. */
async function interrupt(world: World, fault: Fault): Promise<void> {
  const platformId = newPlatformId();
  const proxy = await world.via(fault);
  const cloudflare = connect(world, proxy, fault.how === "hang" ? 4000 : 30_000);
  const first = provision({ ...options(world, cloudflare, platformId), leaseSeconds: 1 });
  if (fault.how === "dead") await expect(first).rejects.toThrow();
  else await first;
  expect(proxy.hasFailed).toBe(true);

  const second = await run(world, platformId);
  const contract = platform(platformId);
  expect(await existing(world, platformId)).toEqual({
    workers: [contract.workerName],
    databases: [contract.databaseName],
    domains: [contract.workerName],
  });
  const migrations = await select(world, platformId, "SELECT name FROM d1_migrations ORDER BY id");
  expect(migrations.map(({ name }) => name)).toEqual(
    world.release.migrations.map(({ name }) => name),
  );
  expect(new Set([...proxy.secrets, ...second.secrets]).size).toBe(1);
  expect(await select(world, platformId, "SELECT 1 FROM provisioning WHERE running = 1")).toEqual(
    [],
  );
  expect(await select(world, platformId, "SELECT 1 FROM platform_claim")).toHaveLength(1);

  const third = await run(world, platformId);
  expect(third.result.changed).toBe(false);
  expect(third.calls).toHaveLength(3);
  expect([...proxy.problems, ...second.problems, ...third.problems]).toEqual([]);
}

describe.each(interruptions(calls))(`a provision (%s) ${judged}`, (_title, cases) => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
  });
  afterAll(async () => world.stop());

  it.concurrent.each(cases)(
    "ends like one that was not cut off, when it $name",
    async ({ fault }) => interrupt(world, fault),
  );
});

const upgradeCalls = [
  "reads the Worker",
  "reads the domain",
  "reads the database",
  "takes the lease",
  "takes a bookmark",
  "migrates",
  "uploads the Worker",
  "ends",
];

/** Like `interrupt`, for an existing platform. */
async function interruptUpgrade(world: World, fault: Fault): Promise<void> {
  const platformId = newPlatformId();
  await run(world, platformId);
  const release = nextRelease(world);
  const proxy = await world.via(fault);
  const first = provision({
    ...options(world, connect(world, proxy), platformId),
    release,
    leaseSeconds: 1,
  });
  if (fault.how === "dead") await expect(first).rejects.toThrow();
  else await first;
  expect(proxy.hasFailed).toBe(true);

  const second = await run(world, platformId, { release });
  const migrations = await select(world, platformId, "SELECT name FROM d1_migrations ORDER BY id");
  expect(migrations.map(({ name }) => name)).toEqual(release.migrations.map(({ name }) => name));
  expect([...proxy.secrets, ...second.secrets]).toEqual([]);
  expect(second.result.release).toBe(release.tag);
  expect((await run(world, platformId, { release })).calls).toHaveLength(3);
  expect([...proxy.problems, ...second.problems]).toEqual([]);
}

const upgradeWays: Way[] = [
  { when: "before", how: "500" },
  { when: "after", how: "reset" },
];

describe.each(interruptions(upgradeCalls, upgradeWays))(
  `an upgrade (%s) ${judged}`,
  (_title, cases) => {
    let world: World;
    beforeAll(async () => {
      world = await startWorld();
    });
    afterAll(async () => world.stop());

    it.concurrent.each(cases)(
      "ends like one that was not cut off, when it $name",
      async ({ fault }) => interruptUpgrade(world, fault),
    );
  },
);
