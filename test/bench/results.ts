/** What was measured, as `bench.json` has it: `npm run bench` and `npm run bench:scale` each write their own part. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { join } from "node:path";
import type { ContenderName, Counts } from "./contender.ts";
import type { Footprint } from "./footprint.ts";
import type { Measured } from "./load.ts";

export interface Results {
  bench?: BenchResults;
  scale?: ScaleResults;
}

interface Run {
  measuredAt: string;
  machine: string;
  failures: string[];
}

export interface BenchResults extends Run {
  users: number;
  rounds: number;
  seconds: number;
  /** One figure a round, for each contender. */
  flows: { flow: string; contenders: Partial<Record<ContenderName, Measured[]>> }[];
  database: ({ flow: string; contender: ContenderName } & Counts)[];
  footprint: Footprint;
}

export interface ScaleResults extends Run {
  sizes: Size[];
}

export interface Size {
  users: number;
  seedSeconds: number;
  mebibytes: number;
  flows: ({ flow: string; timed: Omit<Measured, "perSecond"> } & Counts)[];
}

const root = join(import.meta.dirname, "../..");
const file = join(import.meta.dirname, "bench.json");
export const pageFile = join(root, "docs/performance.md");
export const chartFile = join(root, "docs/images/performance.svg");

export function readResults(): Results {
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Results) : {};
}

/** Replaces one part of the file. Written as it grows: a run that breaks off leaves what it found. */
export function writeResults(part: Results): Results {
  const results = { ...readResults(), ...part };
  const text = JSON.stringify(results, (_, value: unknown) =>
    typeof value === "number" ? Math.round(value * 1000) / 1000 : value,
  );
  writeFileSync(file, text);
  format(file);
  return results;
}

export function format(...files: string[]): void {
  execFileSync("oxfmt", files, { cwd: root, stdio: "ignore" });
}

export function describeMachine(): string {
  const [first] = cpus();
  const { version } = JSON.parse(
    readFileSync(join(root, "node_modules/workerd/package.json"), "utf8"),
  ) as { version: string };
  return `${cpus().length} × ${first?.model.trim() ?? "unknown"}, ${Math.round(totalmem() / 2 ** 30)} GiB, workerd ${version}`;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
