/**
 * `npm run bench:scale`: what ours costs as a platform grows. Each flow at each size of the database: queries, rows read and
 * rows written on D1, and how long it takes; people are drawn at random, so that no page of the database is a hot one.
 * A whole run writes `bench.json` as it goes. A flow whose rows grow is named, and ends the run with exit code 1.
 *
 *   --users <numbers>    sizes, with commas between (default: 1000,100000,1000000)
 *   --seconds <number>   that each flow is timed at most (default: 3)
 *   --only <text>        flows whose name has this in it; `bench.json` stays as it is
 *   --docs               replaces the figures of docs/performance.md
 */
import { rm, stat } from "node:fs/promises";
import { parseArgs } from "node:util";
import { seedFolder, startContender, type Contender, type Counts } from "./contender.ts";
import { sessionPath } from "./flows.ts";
import { asFastAsAnswered, timeEach } from "./load.ts";
import { progress } from "./progress.ts";
import { grown, report, writePage } from "./report.ts";
import {
  describeMachine,
  median,
  readResults,
  writeResults,
  type ScaleResults,
  type Size,
} from "./results.ts";
import { scaleFlows, type ScaleFlow } from "./scale-flows.ts";
import { createDraws, type World } from "./scale-world.ts";

const wholeSizes = "1000,100000,1000000";
const { values: options } = parseArgs({
  options: {
    users: { type: "string", default: wholeSizes },
    seconds: { type: "string", default: "3" },
    only: { type: "string", default: "" },
    docs: { type: "boolean", default: false },
  },
});
const isWhole = options.users === wholeSizes && options.only === "";
if (options.docs && !isWhole)
  throw new Error("--docs is for a whole run: without --users and --only");
const seconds = Number(options.seconds);
const chosen = scaleFlows.filter(({ name }) => name.includes(options.only));
const countedPasses = 3;
const askingPeople = 2000;

const scale: ScaleResults = {
  measuredAt: new Date().toISOString(),
  machine: describeMachine(),
  sizes: [],
  failures: [],
};
const keep = () => (isWhole ? writeResults({ scale }) : { ...readResults(), scale });

for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(130));
for (const users of options.users.split(",").map(Number)) {
  await measureSize(users);
  keep();
}
const known = new Set(
  scaleFlows.filter((flow) => flow.known !== undefined).map(({ name }) => name),
);
const defects = grown(scale.sizes).filter((flow) => !known.has(flow));
for (const flow of defects) scale.failures.push(`the rows of "${flow}" grow with the table`);
const results = keep();
console.log(report(isWhole ? results : { scale }));
if (options.docs) writePage(results);
const failures = [...scale.failures, ...(isWhole ? (results.bench?.failures ?? []) : [])];
process.exitCode = failures.length === 0 ? 0 : 1;

async function measureSize(users: number): Promise<void> {
  progress(`${users} users: seeding`);
  const began = performance.now();
  const seeded = await seedFolder("ours", users);
  const size: Size = {
    users,
    seedSeconds: Math.round((performance.now() - began) / 1000),
    mebibytes: Math.round((await stat(seeded.file)).size / 2 ** 20),
    flows: [],
  };
  scale.sizes.push(size);
  const draws = createDraws(users, seeded.people.hasTwoFactor);
  const counts = new Map<string, Counts>();
  const attempt = async (flow: ScaleFlow, doing: string, deed: () => Promise<void>) => {
    progress(`${users} users: ${doing}`, flow.name);
    try {
      await deed();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      scale.failures.push(`${flow.name} at ${users} users: ${reason}`);
      process.stderr.write(`\n${scale.failures.at(-1)}\n`);
    }
  };
  try {
    await using(
      await startContender("ours", { users: seeded, counting: true }),
      async (contender) => {
        for (const flow of chosen) {
          await attempt(flow, "counting", async () => {
            counts.set(flow.name, await count(flow, { contender, ...draws }));
          });
        }
      },
    );
    await using(await startContender("ours", { users: seeded }), async (contender) => {
      for (const flow of chosen) {
        const cost = counts.get(flow.name);
        if (cost === undefined) continue;
        await attempt(flow, "timing", async () => {
          const { perSecond: _, ...timed } = await time(flow, { contender, ...draws });
          size.flows.push({ flow: flow.name, ...cost, timed });
        });
      }
    });
  } finally {
    progress("");
    await rm(seeded.folder, { recursive: true });
  }
}

async function using(contender: Contender, deed: (contender: Contender) => Promise<void>) {
  try {
    await deed(contender);
  } finally {
    await contender.stop();
  }
}

/** Medians of some passes, each with what it leaves to be done after its answer. */
async function count(flow: ScaleFlow, world: World): Promise<Counts> {
  const found: Counts[] = [];
  // The first of its kind makes keys and the like.
  for (let pass = 0; pass <= countedPasses; pass += 1) {
    const act = await flow.prepare(world);
    await settled(world.contender);
    await act();
    found.push(await settled(world.contender));
  }
  const middle = (of: keyof Counts) => median(found.slice(1).map((counts) => counts[of]));
  return {
    queries: middle("queries"),
    statements: middle("statements"),
    rowsRead: middle("rowsRead"),
    rowsWritten: middle("rowsWritten"),
  };
}

/** What has run since the last time, once nothing runs any more. */
async function settled({ takeCounts }: Contender): Promise<Counts> {
  const total = { queries: 0, statements: 0, rowsRead: 0, rowsWritten: 0 };
  for (let quiet = 0; quiet < 2;) {
    await new Promise((resolve) => setTimeout(resolve, 40));
    const more = await takeCounts();
    quiet = more.queries === 0 ? quiet + 1 : 0;
    total.queries += more.queries;
    total.statements += more.statements;
    total.rowsRead += more.rowsRead;
    total.rowsWritten += more.rowsWritten;
  }
  return total;
}

async function time(flow: ScaleFlow, world: World) {
  if (flow.name === "session check") return timeSessionChecks(world);
  const acts: (() => Promise<unknown>)[] = [];
  for (let pass = 0; pass < flow.passes; pass += 1) acts.push(await flow.prepare(world));
  return timeEach(acts, seconds);
}

/** The one that must stay fast under load: 16 at once. */
async function timeSessionChecks({ contender, draw }: World) {
  const requests = Array.from({ length: askingPeople }, () => ({
    path: sessionPath(contender),
    headers: { cookie: contender.cookieOf(contender.people.token(draw())) },
  }));
  return asFastAsAnswered(contender, requests, {
    seconds,
    isRight: (body) => body.includes('"email":"person-'),
  });
}
