/** A removal that is cut off at any of its calls, in any way, and run again, leaves nothing but the tombstone. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { platform } from "../../src/platform.ts";
import { deprovision } from "../../src/provisioning/deprovision.ts";
import { judged } from "../local/openapi.ts";
import { interruptions } from "./interruptions.ts";
import type { Fault } from "./proxy.ts";
import {
  connect,
  existing,
  newPlatformId,
  removal,
  remove,
  run,
  select,
  startWorld,
  type World,
} from "./world.ts";

const calls = [
  "reads the Worker",
  "reads the domain",
  "reads the database",
  "takes the lease",
  "takes the lease for as long as an export lasts",
  "counts the rows",
  "exports",
  "counts the rows again",
  "takes the lease as long as usual",
  "lists the hostnames",
  "detaches the hostname",
  "deletes the database",
  "creates the tombstone",
  "writes the tombstone's journal",
  "deletes the Worker",
  "ends",
];

async function interrupt(world: World, fault: Fault): Promise<void> {
  const platformId = newPlatformId();
  await run(world, platformId);
  const proxy = await world.via(fault);
  const cloudflare = connect(world, proxy, fault.how === "hang" ? 4000 : 30_000);
  const first = deprovision({
    ...removal(world, cloudflare, platformId),
    leaseSeconds: 1,
    exportLeaseSeconds: 1,
  });
  if (fault.how === "dead") await expect(first).rejects.toThrow();
  else await first;
  expect(proxy.hasFailed).toBe(true);

  const second = await remove(world, platformId);
  expect(await existing(world, platformId)).toEqual({
    workers: [],
    databases: [platform(platformId).databaseName],
    domains: [],
  });
  const jobs = await select(world, platformId, "SELECT command, outcome FROM provisioning");
  expect(jobs).toContainEqual({ command: "deprovision", outcome: "done" });
  await expect(run(world, platformId)).rejects.toMatchObject({ code: "platform_removed" });
  expect((await remove(world, platformId)).result.changed).toBe(false);
  expect([...proxy.problems, ...second.problems]).toEqual([]);
}

describe.each(interruptions(calls))(`a removal (%s) ${judged}`, (_title, cases) => {
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
