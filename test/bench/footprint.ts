/** What a contender weighs: its bundle, the start of an isolate, and its memory after many requests. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import autocannon from "autocannon";
import { authHost, startContender, type Contender } from "./contender.ts";

export interface Figure {
  contender: string;
  what: string;
  value: string;
}

const requests = 100_000;
const starts = 5;

export function measureBundle({ name, gzipBytes }: Contender): Figure {
  return { contender: name, what: "bundle, gzip", value: `${(gzipBytes / 1024).toFixed(1)} KiB` };
}

/** CPU of an isolate's start by `wrangler check startup`: the profile's active time, the median of several. */
export async function measureStartUp(): Promise<Figure> {
  const folder = mkdtempSync(join(tmpdir(), "startup-"));
  try {
    const times = Array.from({ length: starts }, () => {
      const text = execFileSync(
        "wrangler",
        ["check", "startup", "--args=--minify", "--outfile", join(folder, "profile.cpuprofile")],
        { encoding: "utf8", env: { ...process.env, WRANGLER_SEND_METRICS: "false", CI: "true" } },
      );
      const [, milliseconds] = /Active: ([\d.]+) ms/.exec(text) ?? [];
      if (milliseconds === undefined) throw new Error(`wrangler check startup said: ${text}`);
      return Number(milliseconds);
    }).sort((one, other) => one - other);
    const [least, median] = [times[0] ?? 0, times[Math.floor(starts / 2)] ?? 0];
    const value = `${median.toFixed(1)} ms (least ${least.toFixed(1)})`;
    return { contender: "ours", what: "start-up CPU", value };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Resident memory of workerd with ours alone in it, before and after many session checks. */
export async function measureMemory(): Promise<Figure> {
  const before = new Set(workerds());
  const contender = await startContender("ours", { users: 1000 });
  try {
    const [pid] = workerds().filter((found) => !before.has(found));
    if (pid === undefined) throw new Error("workerd was not found");
    const load = async (amount: number) =>
      autocannon({
        url: contender.url,
        connections: 16,
        amount,
        requests: Array.from({ length: 500 }, (_, index) => ({
          method: "GET",
          path: "/api/auth/session",
          headers: { host: authHost, cookie: contender.cookieOf(contender.people.token(index)) },
        })),
      });
    await load(requests / 20);
    const warm = residentMebibytes(pid);
    await load(requests);
    const value = `${warm} MiB warm, ${residentMebibytes(pid)} MiB after ${requests.toLocaleString("en")} requests`;
    return { contender: "ours", what: "memory of workerd", value };
  } finally {
    await contender.stop();
  }
}

function workerds(): string[] {
  const lines = execFileSync("ps", ["-eo", "pid=,comm="], { encoding: "utf8" }).split("\n");
  return lines.flatMap((line) => {
    const [pid = "", command = ""] = line.trim().split(/\s+/);
    return command.startsWith("workerd") ? [pid] : [];
  });
}

function residentMebibytes(pid: string): number {
  const kibibytes = execFileSync("ps", ["-o", "rss=", "-p", pid], { encoding: "utf8" });
  return Math.round(Number(kibibytes) / 1024);
}
