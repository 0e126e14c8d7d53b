/**
 * The only workerd of the local Cloudflare: starts it, and passes requests and queries to it. A database can only be bound when
 * workerd starts, so a pool of databases is declared in advance. A new platform therefore needs no restart, unless it finds
 * the pool empty.
 */
import { randomBytes, randomUUID } from "node:crypto";
import {
  request as httpRequest,
  Agent,
  type IncomingMessage,
  type ServerResponse,
} from "node:http";
import { join } from "node:path";
import { transform } from "esbuild";
import { readFile } from "node:fs/promises";
import { convertV4MiniflareOptions, Miniflare, Response as MiniflareResponse } from "miniflare";
import type { EdgeQuery, LoadableVersion } from "./edge-protocol.ts";
import { queryFailed } from "./errors.ts";
import { markVariable } from "./orphans.ts";
import { createRestartGate } from "./restart-gate.ts";
import type { State } from "./state.ts";

export interface Statement {
  sql: string;
  params: unknown[];
}

export interface StatementResult {
  results: { columns: string[]; rows: unknown[][] };
  meta: Record<string, unknown>;
}

interface EdgeAnswer {
  result: StatementResult[] | { error?: string; results?: [string[]] };
  bookmark: string | null;
}

interface Inspection {
  handlers: string[];
  named: { name: string; handlers: string[] }[];
}

export interface Runtime {
  /**
   * Runs statements in one transaction.
   *
   * @throws {ApiError} 7500 with SQLite's message if a statement is refused. None of them has taken effect then.
   */
  query(
    database: string,
    statements: Statement[],
  ): Promise<{ results: StatementResult[]; bookmark: string }>;
  /** A database as SQL. */
  dump(
    database: string,
    options: { noSchema: boolean; noData: boolean; tables: string[] },
  ): Promise<string[]>;
  /** Loads a version as it would run, or says why it cannot be loaded. */
  inspect(version: string): Promise<({ ok: true } & Inspection) | { ok: false; error: string }>;
  /** Answers a request with a version of a Worker. */
  forward(version: string, request: IncomingMessage, response: ServerResponse): Promise<void>;
  /** A database of the pool that is unused. It stays in the pool until it gets a name. */
  spareDatabase(): Promise<string>;
  stop(): Promise<void>;
}

const poolSize = 32;
const drainMilliseconds = 10_000;
const compatibilityDate = "2026-11-01";

export async function startRuntime(options: {
  state: State;
  folder: string;
  mark: string;
  readVersion: (id: string) => LoadableVersion | undefined;
  storeMail: (script: string, mail: unknown) => string;
  log: (line: string) => void;
}): Promise<Runtime> {
  const { state, log } = options;
  const secret = randomBytes(24).toString("hex");
  const agent = new Agent({ keepAlive: true });
  const source = await readFile(join(import.meta.dirname, "../edge-worker.ts"), "utf8");
  const { code: script } = await transform(source, { loader: "ts", format: "esm" });

  const answerNode = async (request: { url: string; json(): Promise<unknown> }) => {
    const { pathname } = new URL(request.url);
    if (pathname === "/mail") {
      const { script: sender, mail } = (await request.json()) as { script: string; mail: unknown };
      try {
        return MiniflareResponse.json({ messageId: options.storeMail(sender, mail) });
      } catch (error) {
        return new MiniflareResponse(error instanceof Error ? error.message : "", { status: 400 });
      }
    }
    const version = options.readVersion(pathname.slice("/version/".length));
    return version === undefined
      ? new MiniflareResponse(null, { status: 404 })
      : MiniflareResponse.json(version);
  };

  const settings = () =>
    convertV4MiniflareOptions({
      name: "edge",
      modules: true,
      script,
      compatibilityDate,
      host: "127.0.0.1",
      port: 0,
      // The edge Worker has its own socket, because Miniflare's entry would rewrite headers and wrap errors.
      unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }],
      stripCfConnectingIp: false,
      cf: false,
      bindings: { EDGE_SECRET: secret },
      workerLoaders: { LOADER: {} },
      serviceBindings: { NODE: answerNode },
      d1Databases: Object.fromEntries(
        state
          .all("SELECT uuid FROM database WHERE deleted = 0")
          .map(({ uuid }) => [`D1_${String(uuid)}`, String(uuid)]),
      ),
      resourcePersistencePath: join(options.folder, "workerd"),
      unsafeRuntimeEnv: { [markVariable]: options.mark },
      unsafeRegisterWorker: false,
      telemetry: { enabled: false },
      handleStructuredLogs: ({ level, message }) => log(`workerd ${level}: ${message}`),
    });

  fillPool(state);
  const miniflare = new Miniflare(settings());
  await miniflare.ready;

  const gate = createRestartGate(drainMilliseconds);
  const edgeQuery = async (query: EdgeQuery): Promise<EdgeAnswer> =>
    (await call({ "X-Edge-Action": "query" }, JSON.stringify(query))) as EdgeAnswer;
  const call = async (headers: Record<string, string>, body?: string): Promise<unknown> => {
    const url = await miniflare.unsafeGetDirectURL();
    const response = await fetch(url, {
      method: body === undefined ? "GET" : "POST",
      headers: { "X-Edge-Secret": secret, ...headers },
      ...(body === undefined ? {} : { body }),
    });
    if (!response.ok)
      throw new Error(`workerd answered ${response.status}: ${await response.text()}`);
    return response.json();
  };

  return {
    query: (database, statements) =>
      gate.pass(async () => {
        const { result, bookmark } = await edgeQuery({ database, queries: statements });
        if (!Array.isArray(result)) throw queryFailed(result.error ?? "");
        return { results: result, bookmark: bookmark ?? "" };
      }),
    dump: (database, { noSchema, noData, tables }) =>
      gate.pass(async () => {
        // With this pragma, the local D1 writes the dump itself.
        const sql = "PRAGMA miniflare_d1_export(?,?,?);";
        const params = [Number(noSchema), Number(noData), ...tables];
        const { result } = await edgeQuery({ database, queries: [{ sql, params }] });
        if (Array.isArray(result)) throw new Error("the dump has an unknown shape");
        if (result.results === undefined) throw queryFailed(result.error ?? "");
        return result.results[0];
      }),
    inspect: (version) =>
      gate.pass(async () => {
        const headers = { "X-Edge-Action": "inspect", "X-Edge-Version": version };
        return (await call(headers)) as Awaited<ReturnType<Runtime["inspect"]>>;
      }),
    forward: (version, request, response) =>
      gate.pass(async () => {
        const { hostname, port } = await miniflare.unsafeGetDirectURL();
        await pipe(request, response, { hostname, port, agent }, version, secret);
      }),
    async spareDatabase() {
      for (;;) {
        const uuid = findSpare(state);
        if (uuid !== undefined) return uuid;
        await gate.restart(async () => {
          fillPool(state);
          await miniflare.setOptions(settings());
        });
      }
    },
    async stop() {
      agent.destroy();
      await miniflare.dispose();
    },
  };
}

function findSpare(state: State): string | undefined {
  const row = state.get("SELECT uuid FROM database WHERE name IS NULL AND deleted = 0 LIMIT 1");
  return row === undefined ? undefined : String(row["uuid"]);
}

/** Removes the files of deleted databases for good, because nothing is bound to them after a restart of workerd. */
function fillPool(state: State): void {
  state.transaction(() => {
    state.run("DELETE FROM database WHERE deleted = 1");
    const spare = state.get(
      "SELECT count(*) AS spares FROM database WHERE name IS NULL AND deleted = 0",
    );
    for (let count = Number(spare?.["spares"]); count < poolSize; count += 1) {
      state.run("INSERT INTO database (uuid) VALUES (?)", randomUUID());
    }
  });
}

/** Headers that only Cloudflare may set, and those that belong to one connection (RFC 9110 section 7.6.1). */
const strippedHeaders = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "te",
  "transfer-encoding",
  "upgrade",
  "cf-connecting-ip",
  "true-client-ip",
  "x-edge-secret",
  "x-edge-action",
  "x-edge-version",
]);

async function pipe(
  request: IncomingMessage,
  response: ServerResponse,
  target: { hostname: string; port: string; agent: Agent },
  version: string,
  secret: string,
): Promise<void> {
  const headers: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined && !strippedHeaders.has(name)) headers[name] = value;
  }
  // Without either header workerd would read no body, so a body of unknown length is marked as such.
  if (request.headers["transfer-encoding"] !== undefined) headers["transfer-encoding"] = "chunked";
  headers["cf-connecting-ip"] = request.socket.remoteAddress ?? "127.0.0.1";
  headers["x-edge-secret"] = secret;
  headers["x-edge-action"] = "run";
  headers["x-edge-version"] = version;
  await new Promise<void>((resolve) => {
    const upstream = httpRequest(
      { ...target, method: request.method ?? "GET", path: request.url ?? "/", headers },
      (answer) => {
        const answerHeaders = answer.rawHeaders.filter(
          (_, index, raw) => !isConnectionHeader(raw[index - (index % 2)]),
        );
        response.writeHead(answer.statusCode ?? 502, answerHeaders);
        answer.pipe(response);
      },
    );
    upstream.on("error", () => {
      if (!response.headersSent) response.writeHead(502);
      response.end("error code: 502\nthe Worker's runtime closed the connection\n");
    });
    response.on("close", () => {
      upstream.destroy();
      resolve();
    });
    request.pipe(upstream);
  });
}

function isConnectionHeader(name: string | undefined): boolean {
  return (
    name !== undefined &&
    ["connection", "keep-alive", "transfer-encoding"].includes(name.toLowerCase())
  );
}
