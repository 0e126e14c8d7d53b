/**
 * `npm run dev`: the development server. It makes a development secret on its first run, applies the template's and the
 * owner's migrations to a local D1, serves the Worker and its mailbox on http://localhost:8787, and the console on 5173.
 *
 *   --port <number>      another port
 *   --state <folder>     where the local database lives (default: .wrangler/state)
 *   --console <url>      the address of your own console, which replaces this one; mailed links lead there
 *   --console-port <number>  another port for this console
 *   --no-console         only the Worker
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
const vite = join(root, "node_modules/vite/bin/vite.js");
const config = join(import.meta.dirname, "wrangler.toml");
const secretsFile = join(import.meta.dirname, ".dev.vars");

const { values: options } = parseArgs({
  options: {
    port: { type: "string", default: "8787" },
    state: { type: "string", default: ".wrangler/state" },
    console: { type: "string" },
    "console-port": { type: "string", default: "5173" },
    "no-console": { type: "boolean", default: false },
  },
});
const port = readPort("--port", options.port);
const consolePort = readPort("--console-port", options["console-port"]);
const consoleUrl = options.console ?? `http://localhost:${consolePort}`;
const startsConsole = options.console === undefined && !options["no-console"];

if (!(await isFree(port))) {
  fail(
    `port ${port} is in use: stop the program that uses it, or choose another port with npm run dev -- --port <number>`,
  );
}
if (startsConsole && !(await isFree(consolePort))) {
  fail(
    `port ${consolePort} is in use: stop the program that uses it, choose another port with npm run dev -- --console-port <number>, ` +
      "or leave the console out with npm run dev -- --no-console",
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
  [wrangler, "d1", "migrations", "apply", "DB", "--local", "--config", config, ...persist],
  {
    quiet: true,
  },
);
const exitCode = await ended(migrate.child);
if (exitCode !== 0) fail(`the migrations could not be applied:\n${migrate.output.join("")}`);

const origin = `http://localhost:${port}`;
const server = run(
  [
    wrangler,
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
    `CONSOLE_URL:${consoleUrl}`,
    "--show-interactive-dev-session=false",
    ...persist,
  ],
  { quiet: false },
);
const consoleServer = startsConsole
  ? run([vite], {
      quiet: true,
      cwd: join(root, "src/console"),
      env: { AUTH_PROXY_TARGET: origin, CONSOLE_PORT: String(consolePort) },
    })
  : undefined;
const children = [server, ...(consoleServer === undefined ? [] : [consoleServer])];
let stopping = false;
const stop = (signal: NodeJS.Signals) => {
  stopping = true;
  for (const { child } of children) child.kill(signal);
};
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => stop(signal));
void announce();
// When the Worker or the console ends, the other one is stopped too.
const endings = children.map(({ child }) => ended(child));
const firstCode = await Promise.race(endings);
if (!stopping && consoleServer !== undefined && consoleServer.child.exitCode !== null) {
  console.error(`the console ended:\n${consoleServer.output.join("")}`);
}
stop("SIGTERM");
await Promise.all(endings);
process.exitCode = firstCode;

/** Prints the addresses as soon as the Worker answers. If it never does, wrangler says why. */
async function announce(): Promise<void> {
  while (server.child.exitCode === null) {
    const answer = await fetch(`${origin}/api/auth/session`).catch(() => undefined);
    if (answer?.ok) {
      const issued = await fetch(`${origin}/claim`, { method: "POST" });
      const { token } = (await issued.json()) as { token: string | null };
      const admin = token === null ? "" : `\n  Admin     ${origin}/claim#token=${token}`;
      const shownConsole = startsConsole ? `\n  Console   ${consoleUrl}` : "";
      console.log(`
  Auth      ${origin}/api/auth
  Mailbox   ${origin}/mailbox
  Health    ${origin}/healthz${shownConsole}${admin}

  curl ${origin}/api/auth/session
  ${JSON.stringify(await answer.json())}
`);
      return;
    }
    await setTimeout(200);
  }
}

interface RunOptions {
  quiet: boolean;
  cwd?: string;
  env?: Record<string, string>;
}

function run(args: string[], { quiet, cwd = root, env = {} }: RunOptions) {
  const child = spawn(process.execPath, args, {
    cwd,
    stdio: ["ignore", quiet ? "pipe" : "inherit", quiet ? "pipe" : "inherit"],
    env: { ...process.env, WRANGLER_SEND_METRICS: "false", CI: "true", ...env },
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

function readPort(option: string, text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number > 0 && number < 65_536) return number;
  return fail(`${option} ${text}: a port is a whole number from 1 to 65535`);
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
