/** A database that stands still: D1 has done so for a minute, with everything else up. */
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createStallGuard, StallError } from "../../../src/worker/db/stalls.ts";
import { enter, openApp } from "../browser.ts";
import { faulty, type Fault } from "./faulty.ts";

/** A statement that answers when it is told to. */
function heldStatement() {
  let answer: (value: string) => void = () => {};
  const asked = vi.fn<() => Promise<string>>(
    async () => new Promise((resolve) => (answer = resolve)),
  );
  return { asked, answer: (value: string) => answer(value) };
}

const answered = async () => "answer";

describe("a statement", () => {
  it("is answered as it was, with its errors", async () => {
    const within = createStallGuard({ patienceMilliseconds: 1000 });
    expect(await within(answered)).toBe("answer");
    await expect(within(async () => Promise.reject(new Error("no such table")))).rejects.toThrow(
      "no such table",
    );
  });

  it("fails when its answer does not come in time, and says that it was sent", async () => {
    const within = createStallGuard({ patienceMilliseconds: 20 });
    const error: unknown = await within(heldStatement().asked).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(StallError);
    expect(error).toMatchObject({ wasSent: true });
  });
});

describe("once an answer did not come", () => {
  /** A guard that has found the database standing still, on a clock of the test's own. */
  const stalled = async () => {
    let now = 0;
    const within = createStallGuard({ patienceMilliseconds: 20, now: () => now });
    const held = heldStatement();
    await within(held.asked).catch(() => {});
    return { within, held, passes: (milliseconds: number) => (now += milliseconds) };
  };

  it("further statements fail at once, and are not sent", async () => {
    const { within } = await stalled();
    const { asked } = heldStatement();
    await expect(within(asked)).rejects.toMatchObject({ wasSent: false });
    expect(asked).not.toHaveBeenCalled();
  });

  it("one a second is sent, and its answer ends the stall", async () => {
    const { within, passes } = await stalled();
    passes(1000);
    const probe = heldStatement();
    const probing = within(probe.asked);
    await expect(within(answered)).rejects.toMatchObject({ wasSent: false });
    probe.answer("back");
    expect(await probing).toBe("back");
    expect(await within(answered)).toBe("answer");
  });

  it("a late answer ends it, too", async () => {
    const { within, held } = await stalled();
    held.answer("late");
    await scheduler.wait(0);
    expect(await within(answered)).toBe("answer");
  });
});

describe("statements that wait", () => {
  it("are 100 at most, once nothing has been answered for a second", async () => {
    let now = 0;
    const within = createStallGuard({ patienceMilliseconds: 5000, now: () => now });
    const waiting = Array.from({ length: 100 }, () => heldStatement());
    const all = waiting.map(async ({ asked }) => within(asked));
    now = 999;
    const last = heldStatement();
    all.push(within(last.asked));
    now = 1000;
    const asking = heldStatement();
    all.push(within(asking.asked));
    await expect(within(answered)).rejects.toMatchObject({ wasSent: false });
    // Those of requests that were aborted are forgotten.
    now = 5001;
    expect(await within(answered)).toBe("answer");
    for (const { answer } of [...waiting, last, asking]) answer("late");
    await Promise.all(all);
  });
});

it("a hundred requests that somebody makes and leaves close the database to nobody", async () => {
  let now = 0;
  const within = createStallGuard({ patienceMilliseconds: 5000, now: () => now });
  // Nothing continues of a request that was aborted, so its statement seems to wait.
  for (let index = 0; index < 100; index += 1) {
    within(async () => new Promise(() => {})).catch(() => {});
  }
  // A platform on which a person does something every few seconds.
  for (const time of [1500, 3000, 4500]) {
    now = time;
    expect(await within(answered)).toBe("answer");
  }
});

describe("the Worker", () => {
  let fault: Fault = () => {};
  const opened = openApp({}, { DB: faulty(env.DB, async (sql) => fault(sql)) });
  afterEach(() => {
    fault = () => {};
    vi.restoreAllMocks();
  });

  it("answers session checks 503, signs nobody out, and is right as soon as the database answers", async () => {
    vi.spyOn(console, "error").mockImplementation(() => {});
    const ada = await enter(opened);
    const cookies = new Map(ada.browser.cookies);
    let asked = 0;
    const held: (() => void)[] = [];
    fault = async () => {
      asked += 1;
      return new Promise((resolve) => held.push(resolve));
    };
    const first = await ada.browser.get("/api/auth/session");
    expect(first.status).toBe(503);
    expect(first.headers.get("retry-after")).toBe("5");
    const after = await Promise.all(
      Array.from({ length: 20 }, async () => ada.browser.get("/api/auth/session")),
    );
    expect(after.map(({ status }) => status)).toEqual(after.map(() => 503));
    expect(asked).toBe(1);
    fault = () => {};
    for (const release of held) release();
    await vi.waitFor(async () => {
      expect((await ada.browser.session()).user.email).toBe(ada.email);
    });
    expect(ada.browser.cookies).toEqual(cookies);
  });

  it("says of a write that it does not know its outcome, within its bound", async () => {
    vi.spyOn(console, "error").mockImplementation(() => {});
    const ada = await enter(opened);
    fault = async (sql) => (/^update "user"/i.test(sql) ? new Promise(() => {}) : undefined);
    const renamed = await ada.browser.post("/api/auth/update-user", { name: "Ada King" });
    expect(renamed.status).toBe(503);
    expect(renamed.body).toMatchObject({ code: "DATABASE_OUTCOME_UNKNOWN" });
  });
});
