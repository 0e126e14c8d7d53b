/** The owner's migrations beside the template's, from one release to the next. */
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Migration, Release } from "../../src/provisioning/release.ts";
import { newPlatformId, run, select, startWorld, type World } from "./world.ts";

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(async () => world.stop());

const passkeySql = "CREATE TABLE passkey (id TEXT)";
const billing = { name: "0012_billing.sql", sql: "CREATE TABLE billing (id TEXT)" };

function releaseWith(version: string, ...more: Migration[]): Release {
  const migrations = [...world.release.migrations, ...more];
  return { ...world.release, tag: `${world.release.tag}-${version}`, migrations };
}

async function appliedMigrations(platformId: string): Promise<unknown[]> {
  const rows = await select(world, platformId, "SELECT name FROM d1_migrations ORDER BY id");
  return rows.slice(world.release.migrations.length).map(({ name }) => name);
}

it("applies the template's new migration to a database with the owner's table and data", async () => {
  const platformId = newPlatformId();
  const own = { name: "own/0000_passkey.sql", sql: passkeySql };
  await run(world, platformId, { release: releaseWith("one", own) });
  await select(world, platformId, "INSERT INTO passkey VALUES ('kept')");

  const release = releaseWith("two", billing, own);
  const { result } = await run(world, platformId, { release });
  expect(result.changed).toBe(true);
  expect(await appliedMigrations(platformId)).toEqual([own.name, billing.name]);
  expect(await select(world, platformId, "SELECT id FROM passkey")).toEqual([{ id: "kept" }]);
  expect((await run(world, platformId, { release })).calls).toHaveLength(3);
});

it("keeps the table of a plugin that the owner removed, and reports the migration that made it", async () => {
  const platformId = newPlatformId();
  const own = { name: "own/0000_passkey.sql", sql: passkeySql };
  await run(world, platformId, { release: releaseWith("one", own) });
  await select(world, platformId, "INSERT INTO passkey VALUES ('kept')");

  const { result, events } = await run(world, platformId, { release: releaseWith("two", billing) });
  expect(result.changed).toBe(true);
  expect(await select(world, platformId, "SELECT id FROM passkey")).toEqual([{ id: "kept" }]);
  const done = events.find(
    (event) => event.type === "step" && event.step === "migrations" && event.state === "done",
  );
  expect(done).toMatchObject({
    detail: expect.stringContaining(`not in this release: ${own.name}`),
  });
});

it("has a way out for an owner whose migration stood in the template's folder", async () => {
  const platformId = newPlatformId();
  await run(world, platformId, {
    release: releaseWith("old", { name: "0012_passkey.sql", sql: passkeySql }),
  });
  await select(world, platformId, "INSERT INTO passkey VALUES ('kept')");
  await expect(
    run(world, platformId, { release: releaseWith("new", billing) }),
  ).rejects.toMatchObject({
    code: "release_older",
    state: "nothing was changed",
    next: expect.stringContaining("move their files to migrations/own and keep their names"),
  });

  const moved = { name: "own/0012_passkey.sql", sql: passkeySql };
  const release = releaseWith("moved", billing, moved);
  const { result, problems } = await run(world, platformId, { release });
  expect(result.changed).toBe(true);
  expect(problems).toEqual([]);
  expect(await appliedMigrations(platformId)).toEqual([moved.name, billing.name]);
  expect(await select(world, platformId, "SELECT id FROM passkey")).toEqual([{ id: "kept" }]);
  expect((await run(world, platformId, { release })).calls).toHaveLength(3);
});
