/** Reading a platform's database while another job is making its tables. */
import { beforeAll, expect, it } from "vitest";
import type { Cloudflare } from "../../src/provisioning/cloudflare/client.ts";
import { readContents } from "../../src/provisioning/database-contents.ts";
import { newPlatformId, run, startWorld, type World } from "./world.ts";
import { platform } from "../../src/platform.ts";

let world: World;
beforeAll(async () => {
  world = await startWorld();
  return async () => world.stop();
});

it("finds the journal of a job that makes the tables in between", async () => {
  const platformId = newPlatformId();
  const { databaseName } = platform(platformId);
  const { id } = await world.cloudflare.createDatabase(databaseName);
  let answered = 0;
  const watched: Cloudflare = {
    ...world.cloudflare,
    query: async (...query) => {
      const rows = await world.cloudflare.query(...query);
      answered += 1;
      // The first answer is that there is no table.
      if (answered === 1) await run(world, platformId);
      return rows;
    },
  };
  const contents = await readContents(watched, id);
  expect(contents.tables).toContain("provisioning");
  expect(contents.migrations.length).toBeGreaterThan(0);
  expect(contents.lastJob).toMatchObject({ command: "provision", outcome: "done" });
});
