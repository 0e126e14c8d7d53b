/** Results as tables in Markdown, as a chart, and in the README between its two marks. */
import { readFileSync } from "node:fs";
import type { ContenderName } from "./contender.ts";
import type { Measured } from "./flows.ts";
import type { Figure } from "./footprint.ts";

export interface Results {
  measuredAt: string;
  users: number;
  rounds: number;
  seconds: number;
  hashMilliseconds: number;
  flows: { flow: string; contenders: Partial<Record<ContenderName, Measured>> }[];
  database: {
    flow: string;
    contender: ContenderName;
    queries: number;
    rowsRead: number;
    rowsWritten: number;
  }[];
  footprint: Figure[];
}

const order: ContenderName[] = ["bare", "floor", "instance-per-request", "one-instance", "ours"];

/** A target of the project, and what came of it. */
interface Target {
  what: string;
  wanted: string;
  found: number | undefined;
  holds: (found: number) => boolean;
}

export function tables(results: Results): string {
  return [
    flowTable(results),
    targetTable(results),
    databaseTable(results),
    footprintTable(results),
  ].join("\n\n");
}

function flowTable({ flows }: Results): string {
  return table(
    ["flow, a second (p50 / p99 ms)", ...order],
    flows.map(({ flow, contenders }) => [
      flow,
      ...order.map((name) => {
        const found = contenders[name];
        if (found === undefined) return "";
        return `${figure(found.perSecond)} (${figure(found.p50)} / ${figure(found.p99)})`;
      }),
    ]),
  );
}

function targetTable(results: Results): string {
  return table(
    ["target", "wanted", "measured", ""],
    targets(results).map(({ what, wanted, found, holds }) => [
      what,
      wanted,
      found === undefined ? "not measured" : found.toFixed(2),
      found === undefined ? "" : holds(found) ? "holds" : "missed",
    ]),
  );
}

function targets(results: Results): Target[] {
  const rate = (flow: string, name: ContenderName) =>
    results.flows.find((one) => one.flow === flow)?.contenders[name];
  const ratio = (flow: string, name: ContenderName): number | undefined => {
    const [ours, other] = [rate(flow, "ours"), rate(flow, name)];
    return ours === undefined || other === undefined ? undefined : ours.perSecond / other.perSecond;
  };
  const { hashMilliseconds: hash } = results;
  const signIn = rate("sign-in", "ours");
  const saturated = rate("session check while sign-ins saturate", "ours");
  const signedIn = "session check, signed in";
  const atLeast = (wanted: number) => ({
    wanted: `≥ ${wanted}`,
    holds: (found: number) => found >= wanted,
  });
  return [
    { what: "session check, of floor", found: ratio(signedIn, "floor"), ...atLeast(0.9) },
    {
      what: "session check, times one instance",
      found: ratio(signedIn, "one-instance"),
      ...atLeast(2),
    },
    {
      what: "session check, times an instance per request",
      found: ratio(signedIn, "instance-per-request"),
      ...atLeast(4.5),
    },
    {
      what: "signed out, of bare",
      found: ratio("session check, signed out", "bare"),
      ...atLeast(0.8),
    },
    {
      what: `sign-in, of 1 / hash time (${hash.toFixed(0)} ms)`,
      found: signIn === undefined ? undefined : (signIn.perSecond * hash) / 1000,
      ...atLeast(0.9),
    },
    {
      what: "session p99 while sign-ins saturate, in hash times",
      found: saturated === undefined ? undefined : saturated.p99 / hash,
      wanted: "< 3",
      holds: (found) => found < 3,
    },
  ];
}

function databaseTable({ database }: Results): string {
  const names = [...new Set(database.map(({ flow }) => flow))];
  const of = (flow: string, name: ContenderName) => {
    const found = database.find((one) => one.flow === flow && one.contender === name);
    return found === undefined ? "" : `${found.queries} / ${found.rowsRead} / ${found.rowsWritten}`;
  };
  return table(
    ["D1: queries / rows read / written", "one-instance", "ours"],
    names.map((flow) => [flow, of(flow, "one-instance"), of(flow, "ours")]),
  );
}

function footprintTable({ footprint }: Results): string {
  return table(
    ["footprint", "contender", ""],
    footprint.map(({ what, contender, value }) => [what, contender, value]),
  );
}

function table(head: string[], rows: string[][]): string {
  const lines = [head, head.map(() => "---"), ...rows];
  return lines.map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

function figure(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

const marks = { begin: "<!-- bench: begin -->", end: "<!-- bench: end -->" };

/** @throws Error when the README has no place for figures. */
export function readmeWith(file: string, text: string): string {
  const readme = readFileSync(file, "utf8");
  const [before, rest] = readme.split(marks.begin);
  const after = rest?.split(marks.end)[1];
  if (before === undefined || after === undefined) throw new Error(`${file} lacks ${marks.begin}`);
  return `${before}${marks.begin}\n\n${text}\n\n${marks.end}${after}`;
}

const chartFlows = ["session check, signed in", "session check, 8 kB of other cookies", "token"];

/** Bars of what is answered in a second; readable on light and on dark. */
export function chart({ flows }: Results): string {
  const groups = flows.filter(({ flow }) => chartFlows.includes(flow));
  const bars = groups.flatMap(({ flow, contenders }) =>
    order.flatMap((name) => {
      const found = contenders[name];
      return found === undefined ? [] : [{ flow, name, perSecond: found.perSecond }];
    }),
  );
  const most = Math.max(...bars.map(({ perSecond }) => perSecond));
  let y = 8;
  let flow = "";
  const parts: string[] = [];
  for (const bar of bars) {
    if (bar.flow !== flow) {
      flow = bar.flow;
      y += 22;
      parts.push(`<text x="8" y="${y}" class="flow">${flow}</text>`);
      y += 8;
    }
    const width = Math.max(1, (bar.perSecond / most) * 420);
    parts.push(
      `<text x="150" y="${y + 13}" class="name">${bar.name}</text>`,
      `<rect x="158" y="${y}" width="${width.toFixed(1)}" height="17" rx="3" class="${bar.name === "ours" ? "ours" : "other"}"/>`,
      `<text x="${(164 + width).toFixed(1)}" y="${y + 13}">${bar.perSecond.toFixed(0)}</text>`,
    );
    y += 22;
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 660 ${y + 8}" role="img" aria-label="Answers a second">
<style>
  text { font: 13px system-ui, sans-serif; fill: #57606a; }
  .flow { font-weight: 600; }
  .name { text-anchor: end; }
  .other { fill: #8b949e; }
  .ours { fill: #4f5ee0; }
  @media (prefers-color-scheme: dark) { text { fill: #c9d1d9; } .ours { fill: #8f9bff; } }
</style>
${parts.join("\n")}
</svg>
`;
}
