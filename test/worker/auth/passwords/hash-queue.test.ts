/** The queue of hashes: one at a time in order of arrival, and other requests of the isolate in between. */
import { scryptSync } from "node:crypto";
import * as fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createPasswords } from "../../../../src/worker/auth/passwords/passwords.ts";
import { createHashQueue } from "../../../../src/worker/auth/passwords/hash-queue.ts";
import { openApp, password, enter } from "../../browser.ts";
import { virtualTime } from "./virtual-time.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

describe("the hash queue", () => {
  it("runs work in order of arrival, and each call returns or throws what its own work does", async () => {
    const arrivals = fc.array(
      fc.record({
        waitMilliseconds: fc.integer({ min: 0, max: 300 }),
        hashMilliseconds: fc.integer({ min: 0, max: 300 }),
        fails: fc.boolean(),
      }),
      { minLength: 1, maxLength: 12 },
    );
    await fc.assert(
      fc.asyncProperty(arrivals, async (given) => {
        const time = virtualTime();
        const runInQueue = createHashQueue();
        const order: number[] = [];
        const outcomes = given.map(async ({ hashMilliseconds, fails }, index) => {
          const arrival = given.slice(0, index + 1).map((one) => one.waitMilliseconds);
          await scheduler.wait(arrival.reduce((sum, one) => sum + one, 0));
          return runInQueue(() => {
            order.push(index);
            time.pass(hashMilliseconds);
            if (fails) throw new Error(`${index} fails`);
            return index;
          }).catch(({ message }: Error) => message);
        });
        await time.run();
        const expected = given.map(({ fails }, index) => (fails ? `${index} fails` : index));
        expect(await Promise.all(outcomes)).toEqual(expected);
        expect(order).toEqual(given.map((_, index) => index));
      }),
    );
  });

  it("refuses requests that have waited for ten seconds with 503 and Retry-After", async () => {
    const time = virtualTime();
    const runInQueue = createHashQueue();
    const count = 50;
    const outcomes = Array.from({ length: count }, async (_, index) =>
      runInQueue(() => {
        time.pass(300);
        return index;
      }).catch((error: unknown) => error),
    );
    await time.run();
    const busy = expect.objectContaining({
      statusCode: 503,
      body: expect.objectContaining({ code: "BUSY" }),
      headers: { "Retry-After": "5" },
    });
    // Ten seconds are 33 hashes of 300 ms; the one that is next as they end still takes its turn.
    const done = await Promise.all(outcomes);
    const taken = done.filter((outcome) => typeof outcome === "number");
    expect(taken).toEqual(Array.from({ length: taken.length }, (_, index) => index));
    expect(taken.length).toBeGreaterThan(25);
    expect(taken.length).toBeLessThanOrEqual(35);
    expect(done.slice(taken.length)).toEqual(
      Array.from({ length: count - taken.length }, () => busy),
    );
  });

  it("pauses after each hash, so that other work goes on", async () => {
    const runInQueue = createHashQueue();
    const order: string[] = [];
    // Longer than a waiting request may be late.
    const hash = () => scryptSync("x", "y", 32, { N: 2 ** 15, r: 8, p: 1, maxmem: 2 ** 26 });
    const hashes = ["1", "2", "3", "4", "5"].map(async (number) =>
      runInQueue(() => {
        hash();
        order.push(number);
      }),
    );
    const other = (async () => {
      while (!order.includes("5")) {
        await scheduler.wait(1);
        if (order.at(-1) !== "other") order.push("other");
      }
    })();
    await Promise.all([...hashes, other]);
    expect(order.join(" ")).toMatch(/^1 other 2 other 3 other 4 other 5/);
  });

  it("lets a session check through before three hashes are done", async () => {
    const passwords = createPasswords({ runInQueue: createHashQueue(), onVerified: () => {} });
    const ada = await enter(openApp());
    const order: string[] = [];
    const hashes = [1, 2, 3].map(async () => {
      await passwords.hash(password);
      order.push("hash");
    });
    expect((await ada.browser.session()).user.id).toBe(ada.id);
    expect(order.length).toBeLessThan(3);
    await Promise.all(hashes);
  });

  it("passes over an aborted request, whether it has hashed or is waiting", async () => {
    const runInQueue = createHashQueue();
    const order: string[] = [];
    // workerd leaves the timers of a request whose client has gone pending for ever.
    const timers = vi.spyOn(scheduler, "wait").mockReturnValue(new Promise(() => {}));
    for (const name of ["has hashed", "waits"]) void runInQueue(() => order.push(name));
    timers.mockRestore();
    const second = scheduler.wait(1000).then(() => order.push("a second is over"));
    await runInQueue(() => order.push("next"));
    await second;
    expect(order).toEqual(["has hashed", "next", "a second is over"]);
  });

  it("goes on after work that throws", async () => {
    const runInQueue = createHashQueue();
    const broken = runInQueue(() => {
      throw new Error("broken");
    });
    await expect(broken).rejects.toThrow("broken");
    expect(await runInQueue(() => "next")).toBe("next");
  });
});
