/**
 * Random requests to every operation. `npm run fuzz` sends ten thousand; here it is some hundreds, others each time.
 * `FUZZ_SEED=<seed> npm run fuzz` repeats what a run has printed.
 */
import { expect, it } from "vitest";
import { fuzz, hangMilliseconds, openFuzzTarget } from "./fuzz.ts";

const runs = Number(process.env["FUZZ_RUNS"] ?? 400);
const seed = Number(process.env["FUZZ_SEED"] ?? Date.now() % 2 ** 31);

it(
  "answers random requests without a 5xx, in time, and leaves no row of one that it refuses",
  { timeout: 60_000 + runs * hangMilliseconds },
  async () => {
    console.log(`fuzz: ${runs} requests, seed ${seed}`);
    const opened = await openFuzzTarget();
    const { writes } = opened.state;
    try {
      expect(await fuzz(opened, { runs, seed })).toBeUndefined();
      // Some were carried out: what is refused whole shows nothing.
      expect(opened.state.carriedOut).toBeGreaterThan(runs / 20);
      expect(opened.state.writes).toBeGreaterThan(writes);
    } finally {
      await opened.stop();
    }
  },
);
