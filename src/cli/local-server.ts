/** Starts the local Cloudflare for a command. Loading this file loads Miniflare, which takes a while. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { startLocalCloudflare, type LocalCloudflare } from "../local/cloudflare.ts";
import { UsageError } from "./usage-error.ts";

/** Made by `npm run build`, which `npm ci` runs. */
const consoleFolder = join(import.meta.dirname, "../console/dist");

/** @throws UsageError if the port is taken or the state cannot be used. */
export async function startLocal(port: number, stateFolder: string): Promise<LocalCloudflare> {
  const restoreSignals = rememberSignalListeners();
  try {
    return await startLocalCloudflare({
      port,
      stateFolder,
      consoleFolder: existsSync(consoleFolder) ? consoleFolder : undefined,
      log: () => {},
    });
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "EADDRINUSE") {
      throw new UsageError(
        `port ${port} is in use: stop the program that uses it, or choose another port with --port <number>`,
        { cause },
      );
    }
    throw new UsageError(cause instanceof Error ? cause.message : String(cause), { cause });
  } finally {
    restoreSignals();
  }
}

/**
 * Miniflare ends the process at the first signal. Here the command has to stop everything in order and end with exit code 0,
 * so the listeners that Miniflare adds are removed again.
 */
function rememberSignalListeners(): () => void {
  const signals = ["SIGINT", "SIGTERM"] as const;
  const before = signals.map((signal) => new Set(process.listeners(signal)));
  return () => {
    for (const [index, signal] of signals.entries()) {
      for (const listener of process.listeners(signal)) {
        if (before[index]?.has(listener) !== true) process.off(signal, listener);
      }
    }
  };
}
