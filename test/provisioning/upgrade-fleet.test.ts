/** Upgrading many platforms to one release. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { localFetch } from "../../src/cli/local-fetch.ts";
import {
  readFleet,
  upgradeFleet,
  type FleetOptions,
} from "../../src/provisioning/upgrade-fleet.ts";
import { platform } from "../../src/platform.ts";
import { productTag } from "../../src/provisioning/desired.ts";
import { listPlatforms } from "../../src/provisioning/status.ts";
import {
  connect,
  existing,
  newPlatformId,
  rootDomain,
  run,
  startWorld,
  type World,
} from "./world.ts";

let world: World;
const platforms: string[] = [];
beforeAll(async () => {
  world = await startWorld();
  for (let count = 0; count < 5; count += 1) {
    const platformId = newPlatformId();
    platforms.push(platformId);
    await run(world, platformId);
  }
});
afterAll(async () => world.stop());

async function upgrade(tag: string, more: Partial<FleetOptions> = {}) {
  const proxy = await world.via();
  const release = { ...world.release, tag };
  const result = await upgradeFleet({
    cloudflare: connect(world, proxy),
    release,
    rootDomain,
    port: world.local.port,
    fetch: localFetch,
    ...more,
  });
  return { result, calls: proxy.calls };
}

it("stops after the first ring if its platform fails, and does not touch the others", async () => {
  const release = {
    ...world.release,
    tag: "broken",
    modules: [
      {
        name: "index.js",
        content: "this is no module(",
        contentType: "application/javascript+module",
      },
    ],
  };
  const { result } = await upgrade("broken", { release });
  expect(result.failed).toHaveLength(1);
  expect(result.failed[0]?.error.code).toBe("upload_refused");
  expect(result).toMatchObject({ upgraded: [], remaining: { length: 4 } });
});

it("does not continue while a platform with the release is not working, however often it is run", async () => {
  const release = {
    ...world.release,
    tag: "answers-500",
    modules: [
      {
        name: "index.js",
        content: `export default { fetch: () => new Response("no", { status: 500 }) }`,
        contentType: "application/javascript+module",
      },
    ],
  };
  const patience = { release, certificateSeconds: 1, settleSeconds: 1 };
  const first = await upgrade("answers-500", patience);
  const second = await upgrade("answers-500", patience);
  for (const { result } of [first, second]) {
    expect(result.failed).toMatchObject([
      { platformId: platforms[0], error: { code: "verification_failed" } },
    ]);
    expect(result).toMatchObject({ upgraded: [], remaining: { length: 4 } });
  }
  const fleet = await readFleet({
    cloudflare: world.cloudflare,
    release,
    rootDomain,
    port: world.local.port,
    fetch: localFetch,
  });
  expect(fleet).toMatchObject({
    current: [],
    unproven: [{ platformId: platforms[0] }],
    due: { length: 4 },
  });
  const tags = (await listPlatforms(world.cloudflare)).map((one) => one.release);
  expect(tags.filter((tag) => tag === "answers-500")).toHaveLength(1);
});

it("continues once the platform with the release works again", async () => {
  const [sick = ""] = platforms;
  await run(world, sick, { release: { ...world.release, tag: "back" } });
  let requests = 0;
  const { result } = await upgrade("back", {
    async fetch(input, init) {
      const isSick = new Request(input).url.includes(sick) && (requests += 1) === 1;
      return isSick ? new Response("no", { status: 500 }) : localFetch(input, init);
    },
  });
  expect(requests).toBeGreaterThan(1);
  expect(result).toMatchObject({ upgraded: { length: 4 }, failed: [], remaining: [] });
  expect(result.upgraded).not.toContain(sick);
});

it("resumes where it stopped, and then has nothing left to do", async () => {
  const stop = new AbortController();
  const first = await upgrade("next", {
    rings: [2],
    signal: stop.signal,
    onEvent: (event) => {
      if (event.type === "ring" && event.ring === 2) stop.abort(new Error("enough"));
    },
  });
  expect(first.result.upgraded).toHaveLength(2);
  expect(first.result.remaining).toHaveLength(3);

  const second = await upgrade("next");
  expect(second.result.upgraded.sort()).toEqual(first.result.remaining.sort());
  const third = await upgrade("next");
  expect(third.result).toMatchObject({ upgraded: [], failed: [], remaining: [] });
  expect(third.calls).toHaveLength(1);
});

it("does not touch a Worker with our tag and another name, and makes no platform of it", async () => {
  const platformId = newPlatformId();
  const workerName = `${platformId}-staging`;
  const { cloudflare, release } = world;
  await cloudflare.uploadWorker({ workerName, release, bindings: [], tags: [productTag] });
  const { result } = await upgrade("one-more");
  expect(result.upgraded.sort()).toEqual([...platforms].sort());
  expect(result).toMatchObject({ failed: [], remaining: [] });
  expect(await existing(world, platformId)).toEqual({
    workers: [workerName],
    databases: [],
    domains: [],
  });
});

it("does not create a platform again that is removed by hand during the upgrade", async () => {
  const [first = "", second = ""] = [...platforms].sort();
  const { workerName, databaseName } = platform(second);
  let isGone = false;
  const { result } = await upgrade("after-that", {
    rings: [1],
    concurrency: 1,
    async fetch(input, init) {
      if (!isGone) {
        isGone = true;
        const { cloudflare } = world;
        const database = await cloudflare.findDatabase(databaseName);
        await cloudflare.deleteWorker(workerName);
        await cloudflare.deleteDatabase(database?.id ?? "");
      }
      return localFetch(input, init);
    },
  });
  expect(result.upgraded).toContain(first);
  expect(result.failed).toMatchObject([
    { platformId: second, error: { code: "platform_unknown" } },
  ]);
  expect(await existing(world, second)).toMatchObject({ workers: [], databases: [] });
});
