/** The development server as a user starts it, on a free port and with a database of its own. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../free-port.ts";

export interface Mail {
  to: string;
  subject: string;
  text: string;
}

export interface DevelopmentServer {
  origin: string;
  /** What the terminal showed. */
  output: () => string;
  /** The newest mail to `to` with `subject`, as soon as it is in the mailbox. */
  mailTo: (to: string, subject: string) => Promise<Mail>;
  stop: () => Promise<void>;
}

interface Place {
  /** The project's folder. Default: this one. */
  root?: string;
  /** Where the database lives. Default: a folder that is removed when the server stops. */
  state?: string;
}

/** @param options by default the Worker alone, because tests that run at once would share the console's port. */
export async function startDevelopmentServer(
  options: readonly string[] = ["--no-console"],
  { root = join(import.meta.dirname, "../.."), state: ownState }: Place = {},
): Promise<DevelopmentServer> {
  const port = await freePort();
  const state = ownState ?? mkdtempSync(join(tmpdir(), "development-"));
  const own = ["--port", String(port), "--state", state];
  const script = ["run", "dev", "--", ...own, ...options];
  const child = spawn("npm", script, { cwd: root, detached: true });
  const lines: string[] = [];
  child.stdout.on("data", (chunk: Buffer) => lines.push(chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => lines.push(chunk.toString()));
  const origin = `http://localhost:${port}`;

  const stop = async () => {
    const exited = child.exitCode === null ? once(child, "exit") : Promise.resolve();
    // Ctrl-C reaches the whole group of the terminal.
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, "SIGINT");
    await exited;
    if (ownState === undefined) rmSync(state, { recursive: true, force: true });
  };
  try {
    await until(`the server on ${origin}`, async () => {
      if (child.exitCode !== null) throw new Error(`npm run dev ended: ${lines.join("")}`);
      const answer = await fetch(`${origin}/api/auth/session`).catch(() => undefined);
      return answer?.ok === true ? answer : undefined;
    });
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    origin,
    output: () => lines.join(""),
    mailTo: (to, subject) =>
      until(`mail "${subject}" to ${to}`, async () => {
        const answer = await fetch(`${origin}/mailbox.json`);
        const mails = (await answer.json()) as Mail[];
        return mails.find((mail) => mail.to === to && mail.subject.includes(subject));
      }),
    stop,
  };
}

async function until<Result>(
  what: string,
  attempt: () => Promise<Result | undefined>,
): Promise<Result> {
  const deadline = Date.now() + 90_000;
  while (Date.now() < deadline) {
    const result = await attempt();
    if (result !== undefined) return result;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`waited in vain for ${what}`);
}
