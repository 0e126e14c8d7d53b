/** Where a platform's database and Worker are: placement and jurisdiction, on the local Cloudflare. */
import { beforeAll, describe, expect, it } from "vitest";
import { provision } from "../../src/provisioning/provision.ts";
import { readStatus } from "../../src/provisioning/status.ts";
import {
  connect,
  newPlatformId,
  options,
  rootDomain,
  run,
  startWorld,
  type World,
} from "./world.ts";
import { platform } from "../../src/platform.ts";
import { localFetch } from "../../src/cli/local-fetch.ts";
import { describeStatus } from "../../src/cli/status-text.ts";

let world: World;
beforeAll(async () => {
  world = await startWorld();
  return async () => world.stop();
});

const placementOf = async (platformId: string) => {
  const { workerName } = platform(platformId, { rootDomain, port: world.local.port });
  return (await world.cloudflare.readWorker(workerName))?.placement;
};
const statusOf = async (platformId: string) =>
  readStatus({
    platformId,
    cloudflare: world.cloudflare,
    rootDomain,
    port: world.local.port,
    fetch: localFetch,
  });

describe("a Worker's placement", () => {
  it("is beside the database, without a call of its own, and status shows both", async () => {
    const platformId = newPlatformId();
    const { calls } = await run(world, platformId, { location: "oc" });
    expect(calls).toHaveLength(7);
    expect(await placementOf(platformId)).toEqual({ region: "aws:ap-southeast-2" });
    const status = await statusOf(platformId);
    expect(status).toMatchObject({
      placement: "aws:ap-southeast-2",
      database: { place: { region: "OC", colo: "SYD" } },
    });
    expect(describeStatus(status)).toMatch(
      /Placement +aws:ap-southeast-2\n[^]*Data +OC, SYD; no jurisdiction/,
    );
  });

  it("is added by the next run to a Worker that has none, and stays as an operator changed it", async () => {
    const platformId = newPlatformId();
    await run(world, platformId);
    const { workerName } = platform(platformId, { rootDomain, port: world.local.port });
    const upload = async (placement: Record<string, unknown> | undefined) => {
      const worker = await world.cloudflare.readWorker(workerName);
      await world.cloudflare.uploadWorker({
        workerName,
        release: world.release,
        tags: worker?.tags ?? [],
        bindings: (worker?.bindings ?? []).map(({ name }) => ({ type: "inherit", name })),
        placement,
      });
    };
    await upload(undefined);
    expect(await placementOf(platformId)).toBeUndefined();
    await run(world, platformId);
    expect(await placementOf(platformId)).toEqual({ region: "gcp:europe-west4" });

    await upload({ mode: "smart" });
    await run(world, platformId, { emailFrom: "other@example.com" });
    expect(await placementOf(platformId)).toEqual({ mode: "smart" });
  });

  it("is refused if it names no region of a cloud provider", async () => {
    const platformId = newPlatformId();
    await run(world, platformId);
    const { workerName } = platform(platformId, { rootDomain, port: world.local.port });
    await expect(
      world.cloudflare.uploadWorker({
        workerName,
        release: world.release,
        tags: [],
        bindings: [],
        placement: { region: "the moon" },
      }),
    ).rejects.toThrow("placement");
  });
});

describe("a jurisdiction", () => {
  it("is the database's from its creation, and status and health show it", async () => {
    const platformId = newPlatformId();
    const { result } = await run(world, platformId, { jurisdiction: "us" });
    const { database } = await statusOf(platformId);
    expect(database.jurisdiction).toBe("us");
    const health = await localFetch(`${result.authUrl}/healthz`);
    expect(await health.json()).toMatchObject({ jurisdiction: "us" });
  });

  it("stays when the platform is provisioned again without it", async () => {
    const platformId = newPlatformId();
    const { result } = await run(world, platformId, { jurisdiction: "eu" });
    await run(world, platformId, { emailFrom: "other@example.com" });
    const health = await localFetch(`${result.authUrl}/healthz`);
    expect(await health.json()).toMatchObject({ jurisdiction: "eu" });
  });

  it("cannot be given to a platform that exists, and nothing is changed", async () => {
    const platformId = newPlatformId();
    await run(world, platformId);
    const proxy = await world.via();
    await expect(
      provision({
        ...options(world, connect(world, proxy), platformId),
        jurisdiction: "eu",
      }),
    ).rejects.toMatchObject({ code: "jurisdiction_fixed" });
    expect(proxy.calls.filter((call) => /^(PUT|DELETE)/.test(call))).toEqual([]);
    expect((await statusOf(platformId)).database.jurisdiction).toBeUndefined();
  });

  it("is not taken from a database that an interrupted run made without it", async () => {
    const platformId = newPlatformId();
    const { databaseName } = platform(platformId, { rootDomain, port: world.local.port });
    await world.cloudflare.createDatabase(databaseName);
    await expect(run(world, platformId, { jurisdiction: "eu" })).rejects.toMatchObject({
      code: "jurisdiction_fixed",
    });
  });
});
