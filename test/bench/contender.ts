/**
 * A contender: a Worker with a D1 of its own in a workerd of its own, and people in its database. All have the same tables,
 * secret and people; no NODE_ENV, as in production. The internet is a Worker beside it, so that no figure has a network
 * in it: Have I Been Pwned knows no password, and mail is accepted at once.
 */
import { bindingCookie } from "../../src/worker/cookies/binding.ts";
import { signerPurpose } from "../../src/worker/cookies/signer.ts";
import { createHmac } from "node:crypto";
import { rmSync } from "node:fs";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import { buildRelease } from "../../src/cli/build-release.ts";
import { authUrl, consoleUrl, platformId } from "./requests.ts";
import { seed, type People } from "./seed.ts";

export const contenderNames = [
  "bare",
  "floor",
  "instance-per-request",
  "one-instance",
  "cookie-cache",
  "ours",
] as const;
export type ContenderName = (typeof contenderNames)[number];

export interface Contender {
  name: ContenderName;
  url: string;
  people: People;
  gzipBytes: number;
  /** The cookies of a session, as a browser has them. */
  cookieOf: (token: string) => string;
  /** What ran on D1 since it was last asked. Only where queries are counted. */
  takeCounts: () => Promise<Counts>;
  /** The cron trigger. */
  runScheduled: () => Promise<void>;
  database: D1;
  inspectorUrl: () => Promise<URL>;
  stop: () => Promise<void>;
}

/** A batch is one query of several statements. */
export interface Counts {
  queries: number;
  statements: number;
  rowsRead: number;
  rowsWritten: number;
}

type D1 = Awaited<ReturnType<Miniflare["getD1Database"]>>;

interface Options {
  /** How many are in the database, or the folder of one that is seeded already. */
  users: number | SeededFolder;
  /** Puts a counter between the Worker and D1: for figures, never while time is taken. */
  counting?: boolean;
  inspected?: boolean;
}

export interface SeededFolder {
  folder: string;
  file: string;
  people: People;
}

const secret = "secret-of-the-bench-with-32-characters";
const databaseName = "bench";
export const compatibility = {
  compatibilityDate: "2026-11-01",
  compatibilityFlags: ["nodejs_compat"],
};

const internet = `import { WorkerEntrypoint } from "cloudflare:workers";
export class Mailbox extends WorkerEntrypoint {
  send() { return { messageId: crypto.randomUUID() }; }
}
export default { fetch: () => new Response("0018A45C4D1DEF81644B54AB7F969B88D65:0") };`;

export async function startContender(name: ContenderName, options: Options): Promise<Contender> {
  const { counting = false, inspected = false } = options;
  const seeded =
    typeof options.users === "number" ? await seedFolder(name, options.users) : options.users;
  const code = await codeOf(name);
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      host: "127.0.0.1",
      port: 0,
      cf: false,
      ...(inspected ? { inspectorPort: 0 } : {}),
      handleStructuredLogs: () => {},
      resourcePersistencePath: seeded.folder,
      workers: [
        {
          name,
          ...compatibility,
          modules: modulesOf(code, counting),
          stripCfConnectingIp: false,
          bindings: bindingsOf(name),
          d1Databases: { DB: databaseName },
          serviceBindings: { EMAIL: { name: "internet", entrypoint: "Mailbox" } },
          outboundService: "internet",
          unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }],
        },
        { name: "internet", ...compatibility, modules: true, script: internet },
      ],
    }),
  );
  const { port } = await miniflare.unsafeGetDirectURL(name);
  const url = `http://127.0.0.1:${port}`;
  return {
    name,
    url,
    people: seeded.people,
    gzipBytes: gzipSync(code).byteLength,
    cookieOf: (token) => {
      const signature = createHmac("sha256", secret).update(token).digest("base64");
      const session = `__Secure-better-auth.session_token=${encodeURIComponent(`${token}.${signature}`)}`;
      if (name !== "ours") return session;
      const key = createHmac("sha256", secret).update(signerPurpose).digest();
      const message = `${bindingCookie}\n${token}`;
      const binding = createHmac("sha256", key).update(message).digest("base64url");
      return `${session}; ${bindingCookie}=${binding}`;
    },
    takeCounts: async () => {
      const answer = await fetch(`${url}/counts`);
      return (await answer.json()) as Counts;
    },
    runScheduled: async () => {
      const worker = await miniflare.getWorker(name);
      await worker.scheduled();
    },
    database: await miniflare.getD1Database("DB", name),
    inspectorUrl: async () => miniflare.getInspectorURL(),
    stop: async () => {
      await miniflare.dispose();
      if (typeof options.users === "number") await rm(seeded.folder, { recursive: true });
    },
  };
}

/** A folder of workerd's with a seeded database in it; the caller removes it. */
export async function seedFolder(name: ContenderName, users: number): Promise<SeededFolder> {
  const folder = await mkdtemp(join(tmpdir(), "bench-"));
  folders.push(folder);
  const file = join(folder, await databasePath());
  return { folder, file, people: await seed(file, { users, secret, versioned: name === "ours" }) };
}

const folders: string[] = [];
// Gigabytes that a run which is broken off must not leave.
process.once("exit", () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** Where workerd keeps the database in its folder: asked of it once. */
async function databasePath(): Promise<string> {
  knownDatabasePath ??= await findDatabasePath();
  return knownDatabasePath;
}
let knownDatabasePath: string | undefined;

async function findDatabasePath(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "bench-"));
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      modules: true,
      script: "export default {}",
      d1Databases: { DB: databaseName },
      resourcePersistencePath: folder,
    }),
  );
  try {
    await (await miniflare.getD1Database("DB")).prepare("CREATE TABLE found (id)").run();
    const files = await readdir(folder, { recursive: true });
    const [found] = files.filter((file) => /\/[0-9a-f]{64}\.sqlite$/.test(file));
    if (found === undefined) throw new Error(`no database in ${files.join(", ")}`);
    return found;
  } finally {
    await miniflare.dispose();
    await rm(folder, { recursive: true });
  }
}

export function bindingsOf(name: ContenderName): Record<string, string> {
  if (name === "ours") return { PLATFORM_ID: platformId, BETTER_AUTH_SECRET: secret };
  return {
    SECRET: secret,
    AUTH_URL: authUrl,
    CONSOLE_URL: consoleUrl,
    COOKIE_CACHE: name === "cookie-cache" ? "on" : "",
  };
}

/** Where its source begins. */
export function entryOf(name: ContenderName): string {
  if (name === "ours") return join(import.meta.dirname, "../../src/worker/index.ts");
  const file = name === "cookie-cache" ? "one-instance" : name;
  return join(import.meta.dirname, `contenders/${file}.ts`);
}

async function codeOf(name: ContenderName): Promise<string> {
  if (name === "ours") return String((await buildRelease()).modules[0]?.content);
  const { outputFiles } = await build({
    entryPoints: [entryOf(name)],
    bundle: true,
    write: false,
    minify: true,
    format: "esm",
    target: "es2024",
    conditions: ["workerd", "worker", "browser"],
    external: ["cloudflare:*", "node:*"],
  });
  return outputFiles[0]?.text ?? "";
}

function modulesOf(code: string, counting: boolean) {
  if (!counting) {
    return [
      { type: "ESModule" as const, path: "front.js", contents: front },
      { type: "ESModule" as const, path: "app.js", contents: code },
    ];
  }
  return [
    { type: "ESModule" as const, path: "counting.js", contents: countingMain },
    {
      type: "ESModule" as const,
      path: "app.js",
      contents: code.replaceAll(/(["'])cloudflare:workers\1/g, '"./counted.js"'),
    },
    { type: "ESModule" as const, path: "counted.js", contents: countedWorkers },
  ];
}

/** Attaches what Cloudflare attaches to each request from the internet; ours believes a client's address only beside it. */
const front = `import app from "./app.js";
export default {
  fetch: (request, env, context) =>
    app.fetch(new Request(request, { cf: { colo: "TEST" } }), env, context),
  scheduled: (...event) => app.scheduled(...event),
};`;

/** `cloudflare:workers` with a D1 that adds up what each answer of it says. */
const countedWorkers = `import * as real from "cloudflare:workers";
export * from "cloudflare:workers";
export const counts = { queries: 0, statements: 0, rowsRead: 0, rowsWritten: 0 };
const { fetcher } = real.env.DB;
const counted = {
  async fetch(url, init) {
    const answer = await fetcher.fetch(url, init);
    const results = [await answer.clone().json()].flat();
    counts.queries += 1;
    counts.statements += results.length;
    for (const { meta } of results) {
      counts.rowsRead += meta?.rows_read ?? 0;
      counts.rowsWritten += meta?.rows_written ?? 0;
    }
    return answer;
  },
};
export const env = { ...real.env, DB: new real.env.DB.constructor(counted) };`;

const countingMain = `import app from "./app.js";
import { counts } from "./counted.js";
export default {
  async fetch(request, env, context) {
    if (new URL(request.url).pathname !== "/counts") {
      return app.fetch(new Request(request, { cf: { colo: "TEST" } }), env, context);
    }
    const taken = { ...counts };
    for (const name in counts) counts[name] = 0;
    return Response.json(taken);
  },
  scheduled: (...event) => app.scheduled(...event),
};`;
