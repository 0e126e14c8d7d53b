/** Results as tables in Markdown, and in docs/performance.md between its two marks. */
import { readFileSync, writeFileSync } from "node:fs";
import { chart } from "./chart.ts";
import { contenderNames, type ContenderName } from "./contender.ts";
import type { Measured } from "./load.ts";
import {
  chartFile,
  format,
  median,
  pageFile,
  type BenchResults,
  type Results,
  type ScaleResults,
} from "./results.ts";
import { scaleFlows } from "./scale-flows.ts";
import { figure, rowsThatVary, targets } from "./targets.ts";

const columns = contenderNames.filter((name) => name !== "cookie-cache");

export function report(results: Results): string {
  const { bench, scale } = results;
  return [
    ...(bench === undefined ? [] : benchParts(bench)),
    targetTable(results),
    ...(bench === undefined ? [] : [databaseTable(bench), footprintTable(bench)]),
    ...(scale === undefined ? [] : scaleParts(scale)),
    ...failures(results),
  ].join("\n\n");
}

/** Replaces the figures of docs/performance.md, and its chart. @throws Error when the page has no place for them. */
export function writePage(results: Results): void {
  const { bench } = results;
  if (bench !== undefined) writeFileSync(chartFile, chart(bench));
  const page = readFileSync(pageFile, "utf8");
  const [before, rest] = page.split(marks.begin);
  const after = rest?.split(marks.end)[1];
  if (before === undefined || after === undefined) {
    throw new Error(`${pageFile} lacks ${marks.begin}`);
  }
  const picture =
    bench === undefined
      ? ""
      : "![Session checks and sign-ins a second, beside the peers](images/performance.svg)\n\n";
  writeFileSync(
    pageFile,
    `${before}${marks.begin}\n\n${picture}${report(results)}\n\n${marks.end}${after}`,
  );
  format(pageFile);
}

const marks = { begin: "<!-- bench: begin -->", end: "<!-- bench: end -->" };

function benchParts(bench: BenchResults): string[] {
  const { measuredAt, machine, rounds, seconds, users } = bench;
  return [
    `Measured on ${measuredAt.slice(0, 10)}: ${machine}; ${users.toLocaleString("en")} users, ${rounds} rounds of ${seconds} s.`,
    flowTable(bench, "a second: median (least to most)", (measured) => {
      const rates = measured.map(({ perSecond }) => perSecond);
      return `${figure(median(rates))} (${figure(Math.min(...rates))} to ${figure(Math.max(...rates))})`;
    }),
    flowTable(
      bench,
      "ms: p50 / p99",
      (measured) =>
        `${figure(median(measured.map(({ p50 }) => p50)))} / ${figure(median(measured.map(({ p99 }) => p99)))}`,
    ),
    ...cookieCache(bench),
  ];
}

function flowTable(
  { flows }: BenchResults,
  title: string,
  cell: (measured: Measured[]) => string,
): string {
  return table(
    [title, ...columns],
    flows.map(({ flow, contenders }) => [
      flow,
      ...columns.map((name) => {
        const measured = contenders[name];
        if (measured === undefined) return "";
        return measured.length === 0 ? "failed" : cell(measured);
      }),
    ]),
  );
}

function cookieCache({ flows }: BenchResults): string[] {
  const rates = (name: ContenderName) =>
    flows.flatMap(({ contenders }) => contenders[name] ?? []).map(({ perSecond }) => perSecond);
  const found = rates("cookie-cache");
  if (found.length === 0) return [];
  return [
    `With Better Auth's \`cookieCache\` one instance answers ${figure(median(found))} session checks a second without asking D1. The price: until the copy in the cookie is 5 minutes old, a session that was revoked is answered as live.`,
  ];
}

function targetTable(results: Results): string {
  return table(
    ["target", "wanted", "measured", ""],
    targets(results).map(({ what, wanted, found, holds }) => [
      what,
      wanted,
      found ?? "not measured",
      found === undefined ? "" : holds ? "holds" : "missed",
    ]),
  );
}

function databaseTable({ database }: BenchResults): string {
  const names = [...new Set(database.map(({ flow }) => flow))];
  const of = (flow: string, name: ContenderName) => {
    const found = database.find((one) => one.flow === flow && one.contender === name);
    if (found === undefined) return "";
    return `${found.queries} (${found.statements}) / ${found.rowsRead} / ${found.rowsWritten}`;
  };
  return table(
    ["D1: queries (statements) / rows read / written", "one-instance", "ours"],
    names.map((flow) => [flow, of(flow, "one-instance"), of(flow, "ours")]),
  );
}

function footprintTable({ footprint }: BenchResults): string {
  const { bundleKibibytes, startUp, memory } = footprint;
  return table(
    ["footprint", ""],
    [
      ...contenderNames.flatMap((name) => {
        const found = name === "cookie-cache" ? undefined : bundleKibibytes[name];
        return found === undefined ? [] : [[`bundle, gzip: ${name}`, `${found.toFixed(1)} KiB`]];
      }),
      ...contenderNames.flatMap((name) => {
        const found = startUp?.[name];
        if (found === undefined) return [];
        const { least, median: middle, most } = found;
        return [
          [
            `start-up CPU by \`wrangler check startup\`: ${name}`,
            `${middle.toFixed(1)} ms (${least.toFixed(1)} to ${most.toFixed(1)})`,
          ],
        ];
      }),
      ...(memory === undefined
        ? []
        : [
            [
              `heap of the isolate of ours, warm / after ${memory.requests.toLocaleString("en")} requests`,
              `${figure(memory.heapMebibytes.warm)} / ${figure(memory.heapMebibytes.after)} MiB`,
            ],
            [
              "resident memory of that workerd, with D1 and its page cache in it",
              `${memory.residentMebibytes.warm} / ${memory.residentMebibytes.after} MiB`,
            ],
          ]),
    ],
  );
}

function scaleParts({ measuredAt, machine, sizes }: ScaleResults): string[] {
  const [first] = sizes;
  if (first === undefined) return [];
  const at = (users: number, flow: string) =>
    sizes.find((size) => size.users === users)?.flows.find((one) => one.flow === flow);
  const heads = sizes.map(({ users }) => users.toLocaleString("en"));
  const flowNames = [...new Set(sizes.flatMap(({ flows }) => flows.map(({ flow }) => flow)))];
  const growing = grown(sizes);
  const databases = sizes.map(
    ({ users, mebibytes, seedSeconds }) =>
      `${users.toLocaleString("en")} users are ${mebibytes.toLocaleString("en")} MiB, seeded in ${seedSeconds} s`,
  );
  return [
    `Scale, measured on ${measuredAt.slice(0, 10)}: ${machine}. ${databases.join("; ")}.`,
    table(
      [
        "ours: queries (statements)",
        ...heads.map((users) => `rows read / written, ${users}`),
        ...heads.map((users) => `p50 / p99 ms, ${users}`),
      ],
      flowNames.map((flow) => {
        const costs = sizes.map(({ users }) => at(users, flow));
        const some = costs.find((cost) => cost !== undefined);
        return [
          `${flow}: ${some?.queries} (${some?.statements})${growing.includes(flow) ? ", **grows**" : ""}`,
          ...costs.map((cost) => (cost ? `${cost.rowsRead} / ${cost.rowsWritten}` : "failed")),
          ...costs.map((cost) =>
            cost ? `${figure(cost.timed.p50)} / ${figure(cost.timed.p99)}` : "failed",
          ),
        ];
      }),
    ),
    ...scaleFlows
      .filter(({ name, known }) => known !== undefined && growing.includes(name))
      .map(({ name, known }) => `"${name}" grows: ${known}.`),
  ];
}

/** The flows whose rows grow with the table. A search of an index reads the entry after it too, if there is one. */
export function grown(sizes: ScaleResults["sizes"]): string[] {
  const [first, ...larger] = sizes.toSorted((one, other) => one.users - other.users);
  return (first?.flows ?? [])
    .filter(({ flow, rowsRead, rowsWritten }) =>
      larger.some(({ flows }) => {
        const cost = flows.find((one) => one.flow === flow);
        return (
          cost !== undefined &&
          (cost.rowsRead > rowsRead + rowsThatVary || cost.rowsWritten > rowsWritten + rowsThatVary)
        );
      }),
    )
    .map(({ flow }) => flow);
}

function failures({ bench, scale }: Results): string[] {
  const found = [...(bench?.failures ?? []), ...(scale?.failures ?? [])];
  return found.length === 0 ? [] : [found.map((failure) => `- failed: ${failure}`).join("\n")];
}

function table(head: string[], rows: string[][]): string {
  const lines = [head, head.map(() => "---"), ...rows];
  return lines.map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}
