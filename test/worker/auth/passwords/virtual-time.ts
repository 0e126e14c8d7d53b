/** Time that passes only when a test lets it. */
import { vi } from "vitest";

/** A clock that stands still while code runs, as Cloudflare's does, and timers that end in the order of their times. */
export function virtualTime() {
  const letOthersRun = scheduler.wait.bind(scheduler, 0);
  const timers: { at: number; end: () => void }[] = [];
  let now = Date.now();
  vi.spyOn(Date, "now").mockImplementation(() => now);
  vi.spyOn(scheduler, "wait").mockImplementation(
    async (milliseconds) =>
      new Promise((end) => {
        timers.push({ at: now + milliseconds, end });
      }),
  );
  return {
    /** What a hash does: nothing else runs meanwhile. */
    pass(milliseconds: number): void {
      now += milliseconds;
    },
    /** Until no timer is left. */
    async run(): Promise<void> {
      for (;;) {
        await letOthersRun();
        const [next] = timers.toSorted((one, other) => one.at - other.at);
        if (next === undefined) break;
        timers.splice(timers.indexOf(next), 1);
        now = Math.max(now, next.at);
        next.end();
      }
      vi.restoreAllMocks();
    },
  };
}
