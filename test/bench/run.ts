/**
 * `npm run bench`: every flow on every contender, in turn and several rounds, so that what else the machine does hits all
 * alike; medians of the rounds, and ratios of one run.
 *
 *   --rounds <number>    rounds of each flow (default: 3)
 *   --seconds <number>   of load in each (default: 4)
 *   --users <number>     in each database (default: 1000)
 *   --only <text>        flows whose name has this in it
 *   --quick              one round of a quarter of a second, and no figures of memory: whether the bench itself works
 *   --readme             replaces the figures in README.md and the chart
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { contenderNames, startContender, type Contender, type ContenderName } from "./contender.ts";
import { flows, measureHash, type Flow, type Measured } from "./flows.ts";
import { measureBundle, measureMemory, measureStartUp } from "./footprint.ts";
import { chart, readmeWith, tables, type Results } from "./report.ts";

const { values: options } = parseArgs({
  options: {
    rounds: { type: "string", default: "3" },
    seconds: { type: "string", default: "4" },
    users: { type: "string", default: "1000" },
    only: { type: "string", default: "" },
    quick: { type: "boolean", default: false },
    readme: { type: "boolean", default: false },
  },
});
const rounds = options.quick ? 1 : Number(options.rounds);
const seconds = options.quick ? 0.25 : Number(options.seconds);
const users = Number(options.users);
const chosen = flows.filter(({ name }) => name.includes(options.only));

const results: Results = {
  measuredAt: new Date().toISOString(),
  users,
  rounds,
  seconds,
  hashMilliseconds: 0,
  flows: [],
  database: [],
  footprint: [],
};

const contenders = new Map<ContenderName, Contender>();
try {
  for (const name of contenderNames) contenders.set(name, await startContender(name, { users }));
  const bare = contenders.get("bare");
  if (bare !== undefined) results.hashMilliseconds = await measureHash(bare);
  for (const flow of chosen) results.flows.push(await measure(flow));
} finally {
  for (const contender of contenders.values()) await contender.stop();
}
results.database = await countQueries();
results.footprint = [
  ...[...contenders.values()].map(measureBundle),
  ...(options.quick ? [] : [await measureStartUp(), await measureMemory()]),
].flat();

console.log(tables(results));
const folder = import.meta.dirname;
if (!options.quick)
  writeFileSync(join(folder, "results.json"), `${JSON.stringify(results, null, 2)}\n`);
if (options.readme) {
  writeFileSync(join(folder, "chart.svg"), chart(results));
  const readme = join(folder, "../../README.md");
  writeFileSync(readme, readmeWith(readme, tables(results)));
}

async function measure(flow: Flow): Promise<Results["flows"][number]> {
  const running = flow.contenders.flatMap((name) => contenders.get(name) ?? []);
  const measured = new Map<ContenderName, Measured[]>();
  for (const contender of running) {
    await flow.once(contender);
    // Until the compiler has seen enough of it.
    if (!options.quick) await flow.load(contender, seconds / 2);
  }
  for (let round = 0; round < rounds; round += 1) {
    for (const contender of running) {
      process.stderr.write(`\r${flow.name}: round ${round + 1}, ${contender.name}      `);
      const found = measured.get(contender.name) ?? [];
      measured.set(contender.name, [...found, await flow.load(contender, seconds)]);
    }
  }
  process.stderr.write("\r\u001b[K");
  return {
    flow: flow.name,
    contenders: Object.fromEntries(
      [...measured].map(([name, values]) => [
        name,
        {
          perSecond: median(values.map(({ perSecond }) => perSecond)),
          p50: median(values.map(({ p50 }) => p50)),
          p99: median(values.map(({ p99 }) => p99)),
        },
      ]),
    ),
  };
}

async function countQueries(): Promise<Results["database"]> {
  const counted: Results["database"] = [];
  for (const name of ["one-instance", "ours"] as const) {
    const contender = await startContender(name, { users, counting: true });
    try {
      for (const flow of chosen.filter((one) => one.contenders.includes(name))) {
        // The first of its kind makes keys and the like.
        await flow.once(contender);
        await settle();
        await contender.takeCounts();
        await flow.once(contender);
        await settle();
        counted.push({ flow: flow.name, contender: name, ...(await contender.takeCounts()) });
      }
    } finally {
      await contender.stop();
    }
  }
  return counted;
}

/** What a request leaves to be done after its answer. */
async function settle(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 500));
}

function median(values: number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
