/** The order of the hash queue, and what it refuses, by a clock that only the test moves. */
import { afterEach, describe, expect, it, vi } from "vitest";
import { hashCaller, type HashCaller } from "../../../../src/worker/auth/passwords/hash-caller.ts";
import { createHashQueue } from "../../../../src/worker/auth/passwords/hash-queue.ts";
import { runInRequestScope } from "../../../../src/worker/request-scope.ts";
import { virtualTime } from "./virtual-time.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

const hashMilliseconds = 250;

function openQueue() {
  const time = virtualTime();
  const runInQueue = createHashQueue();
  const order: string[] = [];
  const hash = async (
    network: string,
    facts: Omit<HashCaller, "headers"> & { name?: string } = {},
  ) =>
    runInRequestScope(async () => {
      const { name = network, ...known } = facts;
      hashCaller.set({ headers: new Headers({ "cf-connecting-ip": network }), ...known });
      try {
        await runInQueue(() => {
          time.pass(hashMilliseconds);
          order.push(name);
        });
        return undefined;
      } catch (error) {
        return error as { statusCode: number; headers: Record<string, string> };
      }
    });
  // A queue that is idle serves the first request as it arrives.
  void hash("203.0.113.1", { name: "first" });
  return {
    /** Who was served after the first. */
    served: () => order.slice(1),
    run: async () => time.run(),
    /** One request. @returns its refusal, if it was refused. */
    hash,
  };
}

const times = <Result>(count: number, make: (index: number) => Result) =>
  Array.from({ length: count }, (_, index) => make(index));

describe("the turns of networks", () => {
  it("let a network that comes second go after one hash of a network with thirty waiting", async () => {
    const { hash, served, run } = openQueue();
    void Promise.all(times(30, async () => hash("192.0.2.1")));
    void hash("192.0.2.2");
    void hash("192.0.2.3");
    await run();
    expect(served().slice(0, 4)).toEqual(["192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.1"]);
    expect(served()).toHaveLength(32);
  });

  it("take all networks of an IPv6 /48 for one", async () => {
    const { hash, served, run } = openQueue();
    void Promise.all(times(30, async (index) => hash(`2001:db8:1:${index}::1`, { name: "/48" })));
    void hash("192.0.2.2");
    await run();
    expect(served().slice(0, 3)).toEqual(["/48", "192.0.2.2", "/48"]);
  });

  it("do not give more to a network that comes back as soon as it was served", async () => {
    const { hash, served, run } = openQueue();
    const comeBack = async () => {
      for (let count = 0; count < 10; count += 1) await hash("192.0.2.1", { name: "greedy" });
    };
    void Promise.all(times(8, comeBack));
    void Promise.all(times(5, async () => hash("192.0.2.2", { name: "other" })));
    await run();
    const untilLast = served().slice(0, served().lastIndexOf("other"));
    expect(untilLast.filter((name) => name === "greedy").length).toBeLessThanOrEqual(6);
  });
});

describe("known devices", () => {
  it("go first among the networks of a turn", async () => {
    const { hash, served, run } = openQueue();
    void Promise.all(times(20, async (index) => hash(`192.0.2.${index}`)));
    void hash("198.51.100.1", { isKnown: true, name: "known" });
    await run();
    expect(served()[0]).toBe("known");
  });

  it("of one network do not keep strangers out, however many they are", async () => {
    const { hash, served, run } = openQueue();
    void Promise.all(times(30, async () => hash("192.0.2.1", { isKnown: true, name: "known" })));
    void hash("192.0.2.2", { name: "stranger" });
    await run();
    expect(served().slice(0, 3)).toEqual(["known", "stranger", "known"]);
  });
});

it("known devices of one network that come back at once do not keep strangers out", async () => {
  const { hash, served, run } = openQueue();
  const comeBack = async () => {
    for (let count = 0; count < 10; count += 1) {
      await hash("192.0.2.1", { isKnown: true, name: "known" });
    }
  };
  void Promise.all(times(3, comeBack));
  void Promise.all(times(3, async (index) => hash(`192.0.2.${index + 2}`, { name: "stranger" })));
  await run();
  expect(served().lastIndexOf("stranger")).toBeLessThan(6);
});

it("hashes that nobody waits for come after all others", async () => {
  const { hash, served, run } = openQueue();
  void Promise.all(
    times(3, async () => hash("192.0.2.1", { isBackground: true, name: "upgrade" })),
  );
  void Promise.all(times(3, async () => hash("192.0.2.1", { name: "person" })));
  await run();
  expect(served()).toEqual(["person", "person", "person", "upgrade", "upgrade", "upgrade"]);
});

describe("a queue that is longer than anybody waits", () => {
  it("refuses at once, with Retry-After, and only networks whose turn is that late", async () => {
    const { hash, run } = openQueue();
    const refusedAfter: number[] = [];
    const crowd = times(100, async () => {
      const arrived = Date.now();
      const refusal = await hash("192.0.2.1");
      if (refusal === undefined) return;
      expect(refusal).toMatchObject({ statusCode: 503, headers: { "Retry-After": "5" } });
      refusedAfter.push(Date.now() - arrived);
    });
    const other = hash("192.0.2.2");
    await run();
    await Promise.all(crowd);
    // Forty hashes of a quarter of a second fit into ten seconds.
    expect(refusedAfter.filter((milliseconds) => milliseconds === 0)).toHaveLength(59);
    expect(await other).toBeUndefined();
  });

  it("learns how long hashes take", async () => {
    const time = virtualTime();
    const runInQueue = createHashQueue();
    const slow = async () => runInQueue(() => time.pass(1000));
    const refusedAtOnce: unknown[] = [];
    const arrive = async () => {
      const arrived = Date.now();
      await slow().catch((error: unknown) => {
        if (Date.now() === arrived) refusedAtOnce.push(error);
      });
    };
    const later = (async () => {
      await scheduler.wait(9000);
      await Promise.all(times(30, arrive));
    })();
    const first = times(8, async () => slow());
    await time.run();
    await Promise.all([...first, later]);
    // Thirty would take half a minute; at a quarter of a second each all would have been let in.
    expect(refusedAtOnce.length).toBeGreaterThan(8);
  });
});

it("an office of 200 behind one address is in within a minute, if those who are refused come back when told", async () => {
  const { hash, run } = openQueue();
  const began = Date.now();
  const people = times(200, async () => {
    for (;;) {
      const refusal = await hash("192.0.2.1");
      if (refusal === undefined) return Date.now() - began;
      await scheduler.wait(Number(refusal.headers["Retry-After"]) * 1000);
    }
  });
  await run();
  expect(Math.max(...(await Promise.all(people)))).toBeLessThan(60_000);
});

it("a class of 25 behind one address waits for its hashes and is not refused", async () => {
  const { hash, run } = openQueue();
  const refusals = Promise.all(times(25, async () => hash("192.0.2.1")));
  await run();
  expect((await refusals).filter((refusal) => refusal !== undefined)).toEqual([]);
});
