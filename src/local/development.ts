/**
 * `npm run dev`: the template's development server. Makes a development secret on its first run, applies the migrations
 * to a local D1, and serves the Worker and its mailbox on http://localhost:8787.
 *
 *   --port <number>      another port
 *   --state <folder>     where the local database lives (default: .wrangler/state)
 *   --console <url>      where the console runs (default: http://localhost:5173); mailed links lead there
 */
import { spawn, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join, resolve } from "node:path";
import { setTimeout } from "node:timers/promises";
import { parseArgs } from "node:util";

const root = join(import.meta.dirname, "../..");
const wrangler = join(root, "node_modules/wrangler/bin/wrangler.js");
const config = join(import.meta.dirname, "wrangler.toml");
const secretsFile = join(import.meta.dirname, ".dev.vars");

const { values: options } = parseArgs({
  options: {
    port: { type: "string", default: "8787" },
    state: { type: "string", default: ".wrangler/state" },
    console: { type: "string", default: "http://localhost:5173" },
  },
});
const port = Number(options.port);

if (!(Number.isInteger(port) && port > 0 && port < 65_536)) {
  fail(`--port ${options.port}: a port is a whole number from 1 to 65535`);
}
if (!(await isFree(port))) {
  fail(
    `port ${port} is in use: stop what listens there, or choose another with npm run dev -- --port <number>`,
  );
}
if (!existsSync(secretsFile)) {
  const secret = randomBytes(32).toString("base64");
  writeFileSync(secretsFile, `BETTER_AUTH_SECRET="${secret}"\n`, { mode: 0o600, flag: "wx" });
  console.log(`Made a development secret: ${secretsFile}`);
}

console.log("Applying the migrations to the local database");
const persist = ["--persist-to", resolve(options.state)];
const migrate = run(
  ["d1", "migrations", "apply", "DB", "--local", "--config", config, ...persist],
  {
    quiet: true,
  },
);
const exitCode = await ended(migrate.child);
if (exitCode !== 0) fail(`the migrations could not be applied:\n${migrate.output.join("")}`);

const origin = `http://localhost:${port}`;
const server = run(
  [
    "dev",
    "--config",
    config,
    "--ip",
    "127.0.0.1",
    "--port",
    String(port),
    "--var",
    `AUTH_URL:${origin}`,
    "--var",
    `CONSOLE_URL:${options.console}`,
    "--show-interactive-dev-session=false",
    ...persist,
  ],
  { quiet: false },
);
for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.on(signal, () => server.child.kill(signal));
void announce();
process.exitCode = await ended(server.child);

/** Prints the addresses once the Worker answers, or nothing if it never does: wrangler then says why. */
async function announce(): Promise<void> {
  while (server.child.exitCode === null) {
    const answer = await fetch(`${origin}/api/auth/session`).catch(() => undefined);
    if (answer?.ok) {
      const issued = await fetch(`${origin}/claim`, { method: "POST" });
      const { token } = (await issued.json()) as { token: string | null };
      const admin = token === null ? "" : `\n  Admin     ${origin}/claim#token=${token}`;
      console.log(`
  Auth      ${origin}/api/auth
  Mailbox   ${origin}/mailbox
  Health    ${origin}/healthz${admin}

  curl ${origin}/api/auth/session
  ${JSON.stringify(await answer.json())}
`);
      return;
    }
    await setTimeout(200);
  }
}

function run(args: string[], { quiet }: { quiet: boolean }) {
  const child = spawn(process.execPath, [wrangler, ...args], {
    cwd: root,
    stdio: ["ignore", quiet ? "pipe" : "inherit", quiet ? "pipe" : "inherit"],
    env: { ...process.env, WRANGLER_SEND_METRICS: "false", CI: "true" },
  });
  const output: string[] = [];
  child.stdout?.on("data", (chunk: Buffer) => output.push(chunk.toString()));
  child.stderr?.on("data", (chunk: Buffer) => output.push(chunk.toString()));
  return { child, output };
}

async function ended(child: ChildProcess): Promise<number> {
  return new Promise((resolve) => {
    child.on("exit", (code) => resolve(code ?? 1));
  });
}

async function isFree(candidate: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(false));
    probe.listen(candidate, "127.0.0.1", () => probe.close(() => resolve(true)));
  });
}

function fail(message: string): never {
  console.error(message);
  process.exit(1);
}
