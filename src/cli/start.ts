/**
 * `npm start`: the provisioning job on this machine. Builds the Worker, starts the local Cloudflare, provisions the demo
 * platform on it, and says where everything is. A second run finds everything in place, and brings a fresh claim link as
 * long as nobody used one.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { startLocalCloudflare, type LocalCloudflare } from "../local/cloudflare.ts";
import { provision } from "../provisioning/provision.ts";
import { buildRelease } from "../release.ts";
import type { Progress } from "./progress.ts";
import { openTarget } from "./target.ts";
import { UsageError } from "./usage-error.ts";

/** What `npm run build` makes, and `npm ci` with it. */
const consoleFolder = join(import.meta.dirname, "../console/dist");
const demoPlatformId = "k3m9p2xw7q";

/** @throws UsageError when the port is taken or the state cannot be used. */
export async function startLocal(port: number, stateFolder: string): Promise<LocalCloudflare> {
  const restoreSignals = noteSignalListeners();
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
        `port ${port} is in use: stop what listens there, or choose another with --port <number>`,
        { cause },
      );
    }
    throw new UsageError(cause instanceof Error ? cause.message : String(cause), { cause });
  } finally {
    restoreSignals();
  }
}

/** Miniflare ends the process as soon as a signal comes; here it is the command that stops, in order, and ends with 0. */
function noteSignalListeners(): () => void {
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

/** @returns what there is to print, and how to stop. */
export async function start(options: {
  port: number;
  stateFolder: string;
  progress: Progress;
  signal: AbortSignal;
  say: (line: string) => void;
}): Promise<{ summary: string; local: LocalCloudflare }> {
  const { port, stateFolder, progress, signal, say } = options;
  say("Building the Worker");
  const release = await buildRelease();
  say("Starting the local Cloudflare");
  const local = await startLocal(port, stateFolder);
  try {
    const target = openTarget(local);
    const result = await provision({
      platformId: demoPlatformId,
      release,
      cloudflare: target.cloudflare,
      rootDomain: target.rootDomain,
      port: target.port,
      fetch: target.fetch,
      claim: "always",
      // A killed run's lease is nobody's: only one process can have this state folder.
      leaseSeconds: 10,
      onEvent: (event) => progress.onEvent(event),
      signal,
    });
    progress.end();
    const { authUrl, consoleUrl, claim } = result;
    const index = `http://${target.rootDomain}:${local.port}`;
    const admin = claim?.url ?? "there is one already";
    const summary = `
  Console       ${consoleUrl}/
  Auth          ${authUrl}/api/auth
  Health        ${authUrl}/healthz
  Provisioning  ${index}/
  Mailbox       ${index}/mailbox
  First admin   ${admin}

  curl ${authUrl}/api/auth/session
`;
    return { summary, local };
  } catch (error) {
    progress.end();
    await local.stop();
    throw error;
  }
}
