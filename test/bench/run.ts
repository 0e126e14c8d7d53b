/**
 * `npm run bench`: every flow on every contender, in turn and several rounds, so that what else the machine does hits all
 * alike; medians of the rounds, and ratios within each. A whole run writes `bench.json` as it goes.
 *
 *   --rounds <number>    rounds of each flow (default: 5)
 *   --seconds <number>   of load in each (default: 3)
 *   --users <number>     in each database (default: 1000)
 *   --only <text>        flows with this in their name, or one of several with | between; `bench.json` stays as it is
 *   --contenders <names> with commas between; `bench.json` stays as it is
 *   --quick              one round of a quarter of a second, no memory and no start-up: whether the bench itself works
 *   --docs               replaces the figures of docs/performance.md, and its chart
 */
import { parseArgs } from "node:util";
import { contenderNames, startContender, type Contender, type ContenderName } from "./contender.ts";
import { flows, type Flow } from "./flows.ts";
import { measureMemory, measureStartUp } from "./footprint.ts";
import type { Measured } from "./load.ts";
import { progress } from "./progress.ts";
import { report, writePage } from "./report.ts";
import { describeMachine, readResults, writeResults, type BenchResults } from "./results.ts";

const { values: options } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    seconds: { type: "string", default: "3" },
    users: { type: "string", default: "1000" },
    only: { type: "string", default: "" },
    contenders: { type: "string", default: contenderNames.join(",") },
    quick: { type: "boolean", default: false },
    docs: { type: "boolean", default: false },
  },
});
const names = contenderNames.filter((name) => options.contenders.split(",").includes(name));
const isWhole = !options.quick && options.only === "" && names.length === contenderNames.length;
if (options.docs && !isWhole) {
  throw new Error("--docs is for a whole run: without --quick, --only and --contenders");
}
const rounds = options.quick ? 1 : Number(options.rounds);
const seconds = options.quick ? 0.25 : Number(options.seconds);
const users = Number(options.users);
const warmUpSeconds = 1;
const chosen = flows.filter(({ name }) =>
  options.only.split("|").some((only) => name.includes(only)),
);

const bench: BenchResults = {
  measuredAt: new Date().toISOString(),
  machine: describeMachine(),
  users,
  rounds,
  seconds,
  flows: [],
  database: [],
  footprint: { bundleKibibytes: {} },
  failures: [],
};

/** What goes wrong is in the tables, and in the exit code; the rest is measured all the same. */
async function attempt(what: string, deed: () => Promise<void>): Promise<void> {
  try {
    await deed();
  } catch (error) {
    bench.failures.push(`${what}: ${error instanceof Error ? error.message : String(error)}`);
    process.stderr.write(`\n${bench.failures.at(-1)}\n`);
  }
}

const keep = () => (isWhole ? writeResults({ bench }) : { ...readResults(), bench });

for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(130));
const contenders = new Map<ContenderName, Contender>();
try {
  for (const name of names) {
    progress(`starting ${name}`);
    await attempt(`start of ${name}`, async () => {
      const contender = await startContender(name, { users });
      contenders.set(name, contender);
      bench.footprint.bundleKibibytes[name] = contender.gzipBytes / 1024;
    });
  }
  for (const flow of chosen) {
    await measure(flow);
    keep();
  }
} finally {
  for (const contender of contenders.values()) await contender.stop();
}
for (const name of ["one-instance", "ours"] as const) {
  if (names.includes(name)) await attempt(`counts of ${name}`, async () => countQueries(name));
  keep();
}
if (!options.quick) {
  progress("start-up");
  await attempt("start-up", async () => {
    bench.footprint.startUp = measureStartUp();
  });
  progress("memory");
  await attempt("memory", async () => {
    bench.footprint.memory = await measureMemory();
  });
}
progress("");
const results = keep();
console.log(report(isWhole ? results : { bench }));
if (options.docs) writePage(results);
process.exitCode = bench.failures.length === 0 ? 0 : 1;

/** Each round begins with another contender. One that answers wrongly is out of the flow. */
async function measure(flow: Flow): Promise<void> {
  const running = flow.contenders.flatMap((name) => contenders.get(name) ?? []);
  const measured = new Map<ContenderName, Measured[]>(running.map(({ name }) => [name, []]));
  const failed = new Set<ContenderName>();
  const load = async (contender: Contender, deed: () => Promise<void>) => {
    if (failed.has(contender.name)) return;
    const before = bench.failures.length;
    await attempt(`${flow.name}, ${contender.name}`, deed);
    if (bench.failures.length > before) {
      failed.add(contender.name);
      measured.set(contender.name, []);
    }
  };
  for (const contender of running) {
    await load(contender, async () => {
      await flow.once?.(contender);
      // Until the compiler has seen enough of it.
      if (!options.quick) await flow.load(contender, warmUpSeconds);
    });
  }
  for (let round = 0; round < rounds; round += 1) {
    for (let turn = 0; turn < running.length; turn += 1) {
      const contender = running[(round + turn) % running.length];
      if (contender === undefined) continue;
      progress(flow.name, `round ${round + 1}, ${contender.name}`);
      await load(contender, async () => {
        measured.get(contender.name)?.push(await flow.load(contender, seconds));
      });
    }
  }
  bench.flows.push({ flow: flow.name, contenders: Object.fromEntries(measured) });
}

async function countQueries(name: ContenderName): Promise<void> {
  const contender = await startContender(name, { users, counting: true });
  try {
    for (const { name: flow, contenders: takingPart, once } of chosen) {
      if (once === undefined || !takingPart.includes(name)) continue;
      progress(`counting queries of ${name}`, flow);
      await attempt(`counts of ${flow}, ${name}`, async () => {
        // The first of its kind makes keys and the like.
        await once(contender);
        await settle();
        await contender.takeCounts();
        await once(contender);
        await settle();
        bench.database.push({ flow, contender: name, ...(await contender.takeCounts()) });
      });
    }
  } finally {
    await contender.stop();
  }
}

/** What a request leaves to be done after its answer. */
async function settle(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 300));
}
