/**
 * Ends the workerd that a killed run left behind: after a SIGKILL of Node nothing stops it, and it holds the databases'
 * files. Each workerd is started with a mark in its environment that names its state folder, and only a process that
 * carries exactly this mark is ended: a recorded pid alone may by then belong to somebody else.
 */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";

export const markVariable = "NNO_LOCAL_CLOUDFLARE_STATE";

const waitMilliseconds = 20;
const waits = 250;

/**
 * Ends every process with this mark and waits until it is gone. Only to be called while holding the state's lock, so
 * that no living run owns one.
 *
 * @returns the pids of the processes that it ended.
 */
export async function reapOrphans(mark: string): Promise<number[]> {
  const ended: number[] = [];
  for (const pid of markedProcesses(mark)) {
    process.kill(pid, "SIGKILL");
    ended.push(pid);
  }
  for (let wait = 0; wait < waits && ended.some(isAlive); wait += 1) {
    await setTimeout(waitMilliseconds);
  }
  return ended;
}

function markedProcesses(mark: string): number[] {
  const entry = `${markVariable}=${mark}`;
  if (process.platform === "linux") {
    return readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
      .filter((pid) => environmentOf(pid).includes(entry));
  }
  if (process.platform === "win32") return [];
  // The environment is -E on macOS (its -e is -A) and -e on the BSDs; ww shows the whole line.
  const environment = process.platform === "darwin" ? "-E" : "-e";
  const lines = execFileSync("ps", ["-A", environment, "-ww", "-o", "pid=,command="], {
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  }).split("\n");
  return lines.flatMap((line) => {
    const [, pid, command = ""] = /^\s*(\d+)\s+(.*)$/.exec(line) ?? [];
    return command.includes("workerd") && `${command} `.includes(`${entry} `) ? [Number(pid)] : [];
  });
}

/** Empty if the process has ended or belongs to another user. */
function environmentOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
  } catch {
    return [];
  }
}

/** A zombie has ended; its parent just has not collected it yet. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    if (process.platform !== "linux") return true;
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}
