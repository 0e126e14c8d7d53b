/** What ours weighs: its bundle, the start of an isolate, and its memory after many requests. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  bindingsOf,
  compatibility,
  entryOf,
  startContender,
  type ContenderName,
} from "./contender.ts";
import { checkSession, next, sessionPath, signIn } from "./flows.ts";
import { asFastAsAnswered } from "./load.ts";
import { get } from "./requests.ts";

export interface Footprint {
  bundleKibibytes: Partial<Record<ContenderName, number>>;
  /** Milliseconds. */
  startUp?: Partial<Record<ContenderName, { least: number; median: number; most: number }>>;
  memory?: {
    requests: number;
    heapMebibytes: BeforeAndAfter;
    residentMebibytes: BeforeAndAfter;
  };
}

interface BeforeAndAfter {
  warm: number;
  after: number;
}

const starts = 7;
const startUpNames: readonly ContenderName[] = ["bare", "one-instance", "ours"];
const requests = 100_000;
const rounds = 20;
const readingsTogether = 5;
const signInsEachRound = 5;
const tokensEachRound = 20;

/**
 * CPU of an isolate's start by `wrangler check startup`: the profile's active milliseconds, wrangler's own Worker that
 * loads the bundle included. All have what they need to make their instance, ours its secret. Taken in turn.
 */
export function measureStartUp(): NonNullable<Footprint["startUp"]> {
  const folder = mkdtempSync(join(tmpdir(), "startup-"));
  try {
    const times = new Map(startUpNames.map((name) => [name, [] as number[]]));
    for (let start = 0; start < starts; start += 1) {
      for (const [name, found] of times) found.push(startOnce(name, folder));
    }
    return Object.fromEntries(
      [...times].map(([name, found]) => {
        const sorted = found.toSorted((one, other) => one - other);
        const [least = 0, middle = 0, most = 0] = [0, Math.floor(starts / 2), -1].map((at) =>
          sorted.at(at),
        );
        return [name, { least, median: middle, most }];
      }),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function startOnce(name: ContenderName, folder: string): number {
  const config = join(folder, `${name}.json`);
  writeFileSync(
    config,
    JSON.stringify({
      name,
      main: entryOf(name),
      compatibility_date: compatibility.compatibilityDate,
      compatibility_flags: compatibility.compatibilityFlags,
      keep_names: false,
      vars: bindingsOf(name),
      d1_databases: [{ binding: "DB", database_name: "bench", database_id: "bench" }],
    }),
  );
  const text = execFileSync(
    "wrangler",
    [
      "check",
      "startup",
      "--config",
      config,
      `--args=--minify --config ${config}`,
      "--outfile",
      join(folder, "profile.cpuprofile"),
    ],
    { encoding: "utf8", env: { ...process.env, WRANGLER_SEND_METRICS: "false", CI: "true" } },
  );
  const [, milliseconds] = /Active: ([\d.]+) ms/.exec(text) ?? [];
  if (milliseconds === undefined) throw new Error(`wrangler check startup said: ${text}`);
  return Number(milliseconds);
}

/**
 * Memory with ours alone in a workerd, warm and after many requests: mostly session checks, each from an address of its
 * own (what limiters remember counts), and some sign-ins and tokens.
 */
export async function measureMemory(): Promise<NonNullable<Footprint["memory"]>> {
  const contender = await startContender("ours", { users: 1000, inspected: true });
  try {
    const pid = ownWorkerd();
    const inspector = await contender.inspectorUrl();
    const cookieOf = (index: number) => contender.cookieOf(contender.people.token(index % 1000));
    const mix = async (amount: number) => {
      const others = signInsEachRound + tokensEachRound;
      await asFastAsAnswered(
        contender,
        Array.from({ length: amount - others }, (_, index) => ({
          path: sessionPath(contender),
          headers: { cookie: cookieOf(index) },
        })),
        { amount: amount - others, isRight: (body) => body.includes('"user":{') },
      );
      for (let count = 0; count < signInsEachRound; count += 1) await signIn(contender);
      for (let count = 0; count < tokensEachRound; count += 1) {
        await get(contender, "/api/auth/token", { cookie: cookieOf(next()) });
      }
    };
    await checkSession(contender, { cookie: cookieOf(0) });
    await mix(requests / rounds);
    const heaps: number[] = [];
    const residents: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      await mix(requests / rounds);
      heaps.push(await heapMebibytes(inspector, contender.name));
      residents.push(residentMebibytes(pid));
    }
    // Between two collections the heap has garbage in it: the least of some readings has least.
    const early = (readings: number[]) => Math.min(...readings.slice(0, readingsTogether));
    const late = (readings: number[]) => Math.min(...readings.slice(-readingsTogether));
    return {
      requests,
      heapMebibytes: { warm: early(heaps), after: late(heaps) },
      residentMebibytes: { warm: early(residents), after: late(residents) },
    };
  } finally {
    await contender.stop();
  }
}

/** Used heap of the isolate. workerd's inspector answers no HeapProfiler.collectGarbage. */
async function heapMebibytes(inspector: URL, worker: string): Promise<number> {
  const socket = new WebSocket(new URL(`/core:user:${worker}`, inspector));
  try {
    const answer = await new Promise<string>((resolve, reject) => {
      socket.addEventListener("open", () => {
        socket.send(JSON.stringify({ id: 1, method: "Runtime.getHeapUsage" }));
      });
      socket.addEventListener("message", ({ data }) => resolve(String(data)));
      socket.addEventListener("error", () => reject(new Error("the inspector cannot be reached")));
      socket.addEventListener("close", () => reject(new Error("the inspector does not answer")));
    });
    const { result } = JSON.parse(answer) as { result?: { usedSize?: number } };
    if (result?.usedSize === undefined) throw new Error(`the inspector answered ${answer}`);
    return result.usedSize / 2 ** 20;
  } finally {
    socket.close();
  }
}

/** The only one that is this process's child while nothing else runs. */
function ownWorkerd(): string {
  const lines = execFileSync("ps", ["-A", "-o", "ppid=,pid=,comm="], { encoding: "utf8" });
  const found = lines
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .filter(([parent, , name]) => parent === String(process.pid) && name?.startsWith("workerd"));
  const [[, pid] = []] = found;
  if (found.length !== 1 || pid === undefined) {
    throw new Error(`${found.length} workerds are children of the bench in place of one`);
  }
  return pid;
}

function residentMebibytes(pid: string): number {
  const kibibytes = execFileSync("ps", ["-o", "rss=", "-p", pid], { encoding: "utf8" });
  return Math.round(Number(kibibytes) / 1024);
}
