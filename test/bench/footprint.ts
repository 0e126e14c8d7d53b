/** What ours weighs: its bundle, the start of an isolate, and its memory after many requests. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startContender, type ContenderName } from "./contender.ts";
import { checkSession, next, sessionPath, signIn } from "./flows.ts";
import { asFastAsAnswered } from "./load.ts";
import { get } from "./requests.ts";

export interface Footprint {
  bundleKibibytes: Partial<Record<ContenderName, number>>;
  startUp?: { least: number; median: number; most: number };
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
const requests = 100_000;
const rounds = 20;
const signInsEachRound = 5;
const tokensEachRound = 20;

/** CPU of an isolate's start by `wrangler check startup`: the profile's active milliseconds. */
export function measureStartUp(): NonNullable<Footprint["startUp"]> {
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
    const [least = 0, median = 0, most = 0] = [0, Math.floor(starts / 2), -1].map((at) =>
      times.at(at),
    );
    return { least, median, most };
  } finally {
    rmSync(folder, { recursive: true });
  }
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
    const measure = async () => ({
      heap: await heapMebibytes(inspector, contender.name),
      resident: residentMebibytes(pid),
    });
    await checkSession(contender, { cookie: cookieOf(0) });
    await mix(requests / rounds);
    const warm = await measure();
    for (let round = 0; round < rounds; round += 1) await mix(requests / rounds);
    const after = await measure();
    return {
      requests,
      heapMebibytes: { warm: warm.heap, after: after.heap },
      residentMebibytes: { warm: warm.resident, after: after.resident },
    };
  } finally {
    await contender.stop();
  }
}

/** Used heap of the isolate once its garbage is collected. */
async function heapMebibytes(inspector: URL, worker: string): Promise<number> {
  const socket = new WebSocket(new URL(`/${worker}`, inspector));
  try {
    await new Promise((resolve, reject) => {
      socket.addEventListener("open", resolve);
      socket.addEventListener("error", () => reject(new Error("the inspector cannot be reached")));
    });
    let sent = 0;
    const call = async (method: string) => {
      const id = (sent += 1);
      return new Promise<Record<string, unknown>>((resolve) => {
        socket.addEventListener("message", ({ data }) => {
          const message = JSON.parse(String(data)) as { id?: number; result?: object };
          if (message.id === id) resolve({ ...message.result });
        });
        socket.send(JSON.stringify({ id, method }));
      });
    };
    await call("HeapProfiler.collectGarbage");
    const { usedSize } = await call("Runtime.getHeapUsage");
    if (typeof usedSize !== "number") throw new Error("the inspector names no heap");
    return usedSize / 2 ** 20;
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
