/** A removal that is cut off at any of its calls, in any way, and run again: nothing is left but the tombstone. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { platform } from "../../src/platform.ts";
import { deprovision } from "../../src/provisioning/deprovision.ts";
import { judged } from "../local/openapi.ts";
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

const faults: Pick<Fault, "when" | "how">[] = [
  { when: "before", how: "dead" },
  { when: "after", how: "dead" },
  { when: "before", how: "429" },
  { when: "before", how: "500" },
  { when: "after", how: "500" },
  { when: "before", how: "reset" },
  { when: "after", how: "reset" },
  { when: "before", how: "hang" },
  { when: "after", how: "hang" },
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

describe.each(faults)(
  `a removal that meets a fault ($how, $when it takes effect) ${judged}`,
  (fault) => {
    let world: World;
    beforeAll(async () => {
      world = await startWorld();
    });
    afterAll(async () => world.stop());

    it.concurrent.each(calls.map((name, call) => ({ name, call })))(
      "ends as one that did not, when it $name",
      async ({ call }) => interrupt(world, { call, ...fault }),
    );
  },
);
