/**
 * A contender: a Worker with a D1 of its own in a workerd of its own, and people in its database. All have the same tables,
 * secret and people; no NODE_ENV, as in production.
 */
import { createHmac, randomBytes } from "node:crypto";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import { platform } from "../../src/platform.ts";
import { buildRelease } from "../../src/release.ts";
import { seed, type People } from "./seed.ts";

export const contenderNames = [
  "bare",
  "floor",
  "instance-per-request",
  "one-instance",
  "ours",
] as const;
export type ContenderName = (typeof contenderNames)[number];

export interface Contender {
  name: ContenderName;
  url: string;
  host: string;
  people: People;
  gzipBytes: number;
  /** The cookie of a session, signed. */
  cookieOf: (token: string) => string;
  /** What ran on D1 since it was last asked. Only where queries are counted. */
  takeCounts: () => Promise<Counts>;
  database: D1;
  stop: () => Promise<void>;
}

export interface Counts {
  queries: number;
  rowsRead: number;
  rowsWritten: number;
}

type D1 = Awaited<ReturnType<Miniflare["getD1Database"]>>;

export const platformId = "k3m9p2xw7q";
export const { authUrl, authHost } = platform(platformId);
const secret = "secret-of-the-bench-with-32-characters";
const compatibility = { date: "2026-11-01", flags: ["nodejs_compat"] };

/** @param counting puts a counter between the Worker and D1: for figures, never while time is taken. */
export async function startContender(
  name: ContenderName,
  { users, counting = false }: { users: number; counting?: boolean },
): Promise<Contender> {
  const code = await codeOf(name);
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      host: "127.0.0.1",
      port: 0,
      cf: false,
      handleStructuredLogs: () => {},
      workers: [
        {
          name,
          modules: modulesOf(code, counting),
          compatibilityDate: compatibility.date,
          compatibilityFlags: compatibility.flags,
          stripCfConnectingIp: false,
          bindings:
            name === "ours"
              ? { PLATFORM_ID: platformId, BETTER_AUTH_SECRET: secret }
              : { SECRET: secret, AUTH_URL: authUrl },
          d1Databases: { DB: `${name}-db` },
          unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }],
        },
      ],
    }),
  );
  const { port } = await miniflare.unsafeGetDirectURL(name);
  const database = await miniflare.getD1Database("DB", name);
  const people = await seed(database, { users, secret, versioned: name === "ours" });
  const url = `http://127.0.0.1:${port}`;
  return {
    name,
    url,
    host: authHost,
    people,
    gzipBytes: gzipSync(code).byteLength,
    cookieOf: (token) => {
      const signature = createHmac("sha256", secret).update(token).digest("base64");
      return `__Secure-better-auth.session_token=${encodeURIComponent(`${token}.${signature}`)}`;
    },
    takeCounts: async () => {
      const answer = await fetch(`${url}/counts`);
      return (await answer.json()) as Counts;
    },
    database,
    stop: async () => miniflare.dispose(),
  };
}

async function codeOf(name: ContenderName): Promise<string> {
  if (name === "ours") return String((await buildRelease()).modules[0]?.content);
  const { outputFiles } = await build({
    entryPoints: [`${import.meta.dirname}/contenders/${name}.ts`],
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
  if (!counting) return [{ type: "ESModule" as const, path: "index.js", contents: code }];
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

/** `cloudflare:workers` with a D1 that adds up what each answer of it says. */
const countedWorkers = `import * as real from "cloudflare:workers";
export * from "cloudflare:workers";
export const counts = { queries: 0, rowsRead: 0, rowsWritten: 0 };
const { fetcher } = real.env.DB;
const counted = {
  async fetch(url, init) {
    const answer = await fetcher.fetch(url, init);
    const results = await answer.clone().json();
    counts.queries += 1;
    for (const { meta } of [results].flat()) {
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
    if (new URL(request.url).pathname !== "/counts") return app.fetch(request, env, context);
    const taken = { ...counts };
    Object.assign(counts, { queries: 0, rowsRead: 0, rowsWritten: 0 });
    return Response.json(taken);
  },
};`;

export const randomAddress = () => `10.${[...randomBytes(3)].join(".")}`;
