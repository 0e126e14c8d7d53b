/**
 * Random requests to every operation. `npm run fuzz` sends ten thousand; here it is some hundreds, others each time.
 * `FUZZ_SEED=<seed> npm run fuzz` repeats what a run has printed.
 */
import { beforeAll, expect, it } from "vitest";
import { notCarriedOut, openCorpus, type Corpus } from "./corpus.ts";
import { fuzz, openFuzzer, type Fuzzer } from "./fuzz.ts";

const { FUZZ_RUNS, FUZZ_SEED } = process.env;
const runs = Number(FUZZ_RUNS ?? 250);
const seed = Number(FUZZ_SEED ?? Date.now() % 2 ** 31);
/** Beside the other tests a machine may be busy for long. */
const hangMilliseconds = FUZZ_RUNS === undefined ? 30_000 : 2_000;

let corpus: Corpus;
let fuzzer: Fuzzer;

beforeAll(async () => {
  corpus = await openCorpus();
  fuzzer = await openFuzzer(corpus, hangMilliseconds);
  return corpus.stop;
});

const unchanged = { visitor: null, changes: [], instead: undefined, contentType: null };

const reachable = () =>
  corpus.operations.map(({ name }) => name).filter((name) => !notCarriedOut.has(name));

it(
  "begins with requests that are carried out, one at least for each operation",
  { timeout: 300_000 },
  async () => {
    const wrong: (string | undefined)[] = [];
    for (const [operation, described] of corpus.operations.entries()) {
      for (let variant = 0; variant < corpus.right(described).length; variant += 1) {
        if (fuzzer.carriedOut.has(described.name)) break;
        wrong.push(await fuzzer.attempt({ operation, variant, ...unchanged }));
      }
    }
    expect(wrong.filter((one) => one !== undefined)).toEqual([]);
    expect(reachable().filter((name) => !fuzzer.carriedOut.has(name))).toEqual([]);
  },
);

it(
  "answers random requests without a 5xx, in time, and leaves no row of one that it refuses",
  { timeout: 120_000 + runs * 2_000 },
  async () => {
    console.log(`fuzz: ${runs} requests, seed ${seed}`);
    fuzzer.carriedOut.clear();
    expect(await fuzz(corpus, fuzzer, { runs, seed })).toBeUndefined();
    const reached = reachable().filter((name) => fuzzer.carriedOut.has(name));
    const times = [...fuzzer.carriedOut.values()].reduce((sum, count) => sum + count, 0);
    console.log(`fuzz: ${times} carried out, of ${reached.length} operations`);
    // What is refused whole shows nothing; of ten thousand each operation has a hundred.
    expect(times).toBeGreaterThan(runs / 10);
    if (runs >= 10_000) expect(reached).toEqual(reachable());
  },
);
