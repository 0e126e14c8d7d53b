/**
 * The commands of README.md and docs/, run as they stand: block after block of a page in one shell, in a copy of the
 * project. Only addresses are replaced (a port of the test's own; `nno.localhost` in place of `nno.app`), and what a person
 * would type at a prompt comes from a file. Lines of a block that begin with `# ` are what its commands print, with `...`
 * for what differs each time.
 */
import { spawn } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parseEnv } from "node:util";
import { afterAll, describe, expect, it } from "vitest";
import { startLocalCloudflare, type LocalCloudflare } from "../../src/local/cloudflare.ts";
import { environments, readPages, type Block, type Environment } from "../documents.ts";
import { freePort } from "../free-port.ts";
import { startDevelopmentServer } from "./development-server.ts";
import { copyOfProject } from "./project-copy.ts";

interface Started {
  folder: string;
  /** What the shell has beside this process's variables. */
  variables: Record<string, string>;
  /** A value that the documents print -> the value of this run. */
  addresses: [from: string | RegExp, to: string][];
}

const cleanups: (() => unknown)[] = [];
afterAll(async () => {
  for (const cleanUp of cleanups.toReversed()) await cleanUp();
});

/** Some pages share an environment: each is started once, when it is first needed. */
const started = new Map<Environment, Promise<Started>>();
const startOnce = async (environment: Environment): Promise<Started> => {
  const running = started.get(environment) ?? start[environment]();
  started.set(environment, running);
  return running;
};

const start: Record<Environment, () => Promise<Started>> = {
  checkout: async () => ({ folder: copyProject(), variables: {}, addresses: [] }),

  "npm run dev": async () => {
    const server = await startDevelopmentServer();
    cleanups.push(server.stop);
    const { host } = new URL(server.origin);
    return { folder: copyProject(), variables: {}, addresses: [["localhost:8787", host]] };
  },

  "npm start": async () => {
    const folder = copyProject();
    const port = await freePort();
    await startDemoPlatform(folder, port);
    return { folder, variables: {}, addresses: [["localhost:8788", `localhost:${port}`]] };
  },

  /** As `npm start` leaves it; wrangler and the job are logged in to its Cloudflare. */
  deployed: async () => {
    const demo = await startOnce("npm start");
    const file = readFileSync(join(demo.folder, ".nno/cloudflare.env"), "utf8");
    return { ...demo, variables: { ...parseEnv(file) } as Record<string, string> };
  },

  account: async () => {
    const cloudflare = await startAccount();
    return { folder: copyProject(), variables: credentials(cloudflare), addresses: [] };
  },

  /** An account in which nothing is deployed, and a wrangler.toml for its zone. */
  "by hand": async () => {
    const folder = copyProject();
    const cloudflare = await startAccount();
    const { port } = cloudflare;
    const config = join(folder, "wrangler.toml");
    const authUrl = `http://auth.svc.default.k3m9p2xw7q.nno.localhost:${port}`;
    const text = readFileSync(config, "utf8").replaceAll("nno.app", "nno.localhost");
    writeFileSync(config, text.replace("[vars]", `[vars]\nAUTH_URL = "${authUrl}"`));
    return {
      folder,
      variables: credentials(cloudflare),
      addresses: [[/https:\/\/(\S+)\.nno\.app/g, `http://$1.nno.localhost:${port}`]],
    };
  },
};

/** The project without what it made, so that a command may write where it likes. */
function copyProject(): string {
  const folder = copyOfProject();
  cleanups.push(() => rmSync(folder, { recursive: true, force: true }));
  linkOwnCommands(folder);
  return folder;
}

/** What the first `npx nno-auth` of a checkout does, for which it asks the registry. */
function linkOwnCommands(folder: string): void {
  const { bin } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as {
    bin: Record<string, string>;
  };
  for (const [name, file] of Object.entries(bin)) {
    chmodSync(join(folder, file), 0o755);
    symlinkSync(join(folder, file), join(folder, "node_modules/.bin", name));
  }
}

async function startDemoPlatform(folder: string, port: number): Promise<void> {
  const child = spawn("npm", ["start", "--", "--port", String(port)], {
    cwd: folder,
    detached: true,
  });
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  cleanups.push(async () => {
    // Ctrl-C reaches the whole group of the terminal.
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, "SIGINT");
    await ended;
  });
  await new Promise<void>((resolve, reject) => {
    let output = "";
    const listen = (chunk: Buffer) => {
      output += chunk.toString();
      if (/\n {2}curl .*\n/.test(output)) resolve();
    };
    child.stdout.on("data", listen);
    child.stderr.on("data", listen);
    child.once("exit", () => reject(new Error(`npm start ended: ${output}`)));
  });
}

async function startAccount(): Promise<LocalCloudflare> {
  const stateFolder = mkdtempSync(join(tmpdir(), "documents-account-"));
  cleanups.push(() => rmSync(stateFolder, { recursive: true, force: true }));
  const cloudflare = await startLocalCloudflare({ stateFolder });
  cleanups.push(cloudflare.stop);
  return cloudflare;
}

const credentials = ({ apiBaseUrl, apiToken, accountId }: LocalCloudflare) => ({
  CLOUDFLARE_API_BASE_URL: apiBaseUrl,
  CLOUDFLARE_API_TOKEN: apiToken,
  CLOUDFLARE_ACCOUNT_ID: accountId,
});

/** Right for every secret that a page sets: BETTER_AUTH_SECRETS has the strictest form. */
const answers = "2:typed-at-the-prompt-of-wrangler-secret-put\n";

/** Runs the blocks one after the other, as somebody types them. @returns what they printed. */
async function run(blocks: Block[], { folder, variables, addresses }: Started): Promise<string> {
  const code = blocks.map((block) => block.code).join("\n\n");
  const aimed = addresses.reduce((text, [from, to]) => text.replaceAll(from, to), code);
  const script = join(folder, "documents.sh");
  const typed = join(folder, "documents.txt");
  writeFileSync(typed, answers);
  // Before each command: somebody at the keyboard. Before one that reads the mailbox: time for a mail to arrive.
  const before = `trap 'case "$BASH_COMMAND" in *mailbox*) sleep 0.5 ;; esac; exec < "${typed}"' DEBUG`;
  writeFileSync(script, `set -euo pipefail\n${before}\n${aimed}\n`);
  const child = spawn("bash", [script], {
    cwd: folder,
    env: {
      ...process.env,
      ...variables,
      PATH: `${dirname(process.execPath)}:${process.env["PATH"]}`,
      WRANGLER_SEND_METRICS: "false",
      NO_COLOR: "1",
      CI: "true",
    },
  });
  let printed = "";
  let complaints = "";
  child.stdout.on("data", (chunk: Buffer) => (printed += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (complaints += chunk.toString()));
  const status = await new Promise((resolve) => child.once("close", resolve));
  if (status !== 0) throw new Error(`exit code ${String(status)}\n${printed}\n${complaints}`);
  return printed;
}

/** What the blocks say that their commands print, in order. A line that begins with `#  ` goes on with the one before. */
function announced(blocks: Block[]): RegExp[] {
  const lines = blocks.flatMap(({ code }) => code.split("\n"));
  const said: string[] = [];
  for (const line of lines) {
    if (line.startsWith("#  ")) said[said.length - 1] += line.slice("#  ".length);
    else if (line.startsWith("# ")) said.push(line.slice("# ".length));
  }
  return said.map((text) => {
    const literal = text.split("...").map((part) => escape(part));
    return new RegExp(literal.join("[^]*?"));
  });
}

const escape = (text: string) => text.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);

/** A page has up to a dozen commands, each of which starts a Node of its own, beside all other tests. */
const patience = { timeout: 300_000 };

const pages = readPages(["README.md", "docs/**/*.md"]).filter(({ blocks }) =>
  blocks.some(({ runs }) => runs !== undefined),
);

describe.each(pages.map(({ file, blocks }) => [file, blocks] as const))("%s", (_file, blocks) => {
  const used = environments.filter((name) => blocks.some(({ runs }) => runs === name));
  it.each(used)("works as it stands: %s", patience, async (environment) => {
    const own = blocks.filter(({ runs }) => runs === environment);
    const printed = await run(own, await startOnce(environment));
    let rest = printed;
    for (const expected of announced(own)) {
      expect(rest).toMatch(expected);
      const { index, 0: found } = expected.exec(rest) ?? { index: 0, 0: "" };
      rest = rest.slice(index + found.length);
    }
  });
});
