/** What the project wants of these figures, and what came of it. */
import type { ContenderName } from "./contender.ts";
import { median, type BenchResults, type Results } from "./results.ts";

export interface Target {
  what: string;
  wanted: string;
  /** Undefined when it was not measured. */
  found: string | undefined;
  holds: boolean;
}

const checkFlow = "session check, signed in";
export const rowsThatVary = 10;

export function targets({ bench, scale }: Results): Target[] {
  return [
    ...(bench === undefined ? [] : benchTargets(bench)),
    ...(scale?.sizes ?? []).flatMap(({ users, flows }) => {
      const at = `at ${users.toLocaleString("en")} users`;
      return [
        sessionCheckCost(
          at,
          flows.find(({ flow }) => flow === "session check"),
        ),
        signInQueries(
          at,
          flows.find(({ flow }) => flow === "sign-in"),
        ),
      ];
    }),
  ];
}

function benchTargets(bench: BenchResults): Target[] {
  const cost = (flow: string) =>
    bench.database.find((one) => one.contender === "ours" && one.flow === flow);
  const { bundleKibibytes, startUp } = bench.footprint;
  const at = `at ${bench.users.toLocaleString("en")} users, beside the peers`;
  return [
    ratio(bench, checkFlow, "floor", 0.9),
    ratio(bench, checkFlow, "one-instance", 2),
    ratio(bench, checkFlow, "instance-per-request", 4.5),
    ratio(bench, "session check, signed out, no cookie", "bare", 0.8),
    ratio(bench, "session check, signed out, other cookies", "bare", 0.8),
    ratio(bench, "sign-in, 1 client", "bare", 0.9),
    ratio(bench, "sign-in, 4 clients", "bare", 0.9),
    saturation(bench, "session check while 4 clients sign in"),
    saturation(bench, "session check while 16 clients sign in"),
    sessionCheckCost(at, cost(checkFlow)),
    signInQueries(at, cost("sign-in, 1 client")),
    limit("bundle, gzip", bundleKibibytes.ours, 450, "KiB"),
    limit("start-up CPU, median", startUp?.ours?.median, 50, "ms"),
  ];
}

/** The ratio of two rates, taken in each round, so that what slows a whole round down is in both. */
function ratio(bench: BenchResults, flow: string, name: ContenderName, least: number): Target {
  const of = name === "bare" && flow.startsWith("sign-in") ? "1 / hash time" : name;
  const found = compare(bench, flow, name, (ours, other) => ours.perSecond / other.perSecond);
  return {
    what: `${flow}: of ${of}`,
    wanted: `≥ ${least}`,
    found: found && `${figure(found.median)} (${figure(found.least)} to ${figure(found.most)})`,
    holds: found !== undefined && found.median >= least,
  };
}

function saturation(bench: BenchResults, flow: string): Target {
  const found = compare(bench, flow, "bare", (ours, hash) => ours.p99 / hash.p50);
  return {
    what: `${flow}: p99, in hash times`,
    wanted: "< 3",
    found: found && `${figure(found.median)} (${figure(found.least)} to ${figure(found.most)})`,
    holds: found !== undefined && found.median < 3,
  };
}

type Figures = { perSecond: number; p50: number; p99: number };

function compare(
  { flows }: BenchResults,
  flow: string,
  name: ContenderName,
  by: (ours: Figures, other: Figures) => number,
) {
  const contenders = flows.find((one) => one.flow === flow)?.contenders;
  const others = contenders?.[name] ?? [];
  const ratios = (contenders?.ours ?? []).flatMap((ours, round) => {
    const other = others[round];
    return other === undefined ? [] : [by(ours, other)];
  });
  if (ratios.length === 0) return undefined;
  return { median: median(ratios), least: Math.min(...ratios), most: Math.max(...ratios) };
}

type Cost = { queries: number; rowsRead: number; rowsWritten: number };

function sessionCheckCost(at: string, cost: Cost | undefined): Target {
  return {
    what: `session check ${at}: queries / rows read / written`,
    wanted: "1 / 2 / 0",
    found: cost && `${cost.queries} / ${cost.rowsRead} / ${cost.rowsWritten}`,
    holds: cost?.queries === 1 && cost.rowsRead === 2 && cost.rowsWritten === 0,
  };
}

function signInQueries(at: string, cost: Cost | undefined): Target {
  return {
    what: `sign-in ${at}: queries`,
    wanted: "≤ 6",
    found: cost && String(cost.queries),
    holds: cost !== undefined && cost.queries <= 6,
  };
}

function limit(what: string, found: number | undefined, most: number, unit: string): Target {
  return {
    what,
    wanted: `≤ ${most} ${unit}`,
    found: found === undefined ? undefined : `${found.toFixed(1)} ${unit}`,
    holds: found !== undefined && found <= most,
  };
}

export function figure(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}
