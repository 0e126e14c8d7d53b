/**
 * The edge Worker of the local Cloudflare, which runs in workerd. It loads every uploaded Worker as an isolate of its own when
 * it is first needed, and gives access to their databases. Node decides which version runs and says so in headers. Requests
 * without the secret that only Node knows get no answer.
 */
import { WorkerEntrypoint } from "cloudflare:workers";
import type { EdgeQuery, LoadableVersion } from "./cloudflare/edge-protocol.ts";

interface EdgeBindings {
  /** Node, which provides the code of a version, and the mailbox. */
  NODE: Fetcher;
  LOADER: WorkerLoader;
  EDGE_SECRET: string;
  [database: `D1_${string}`]: D1Database & { fetcher: Fetcher };
}

/**
 * Loaded in place of the main module. It re-exports the main module, and can tell what it exports without running a handler.
 */
const entryName = "nno-local-entry.js";
const entryModule = (mainModule: string) => `
  import { WorkerEntrypoint } from "cloudflare:workers";
  import * as main from ${JSON.stringify(`./${mainModule}`)};
  export * from ${JSON.stringify(`./${mainModule}`)};
  export default main.default;
  const handlersOf = (value) => {
    if (typeof value === "function") return Object.getOwnPropertyNames(value.prototype).filter((name) => name !== "constructor");
    return value !== null && typeof value === "object" ? Object.keys(value).filter((name) => typeof value[name] === "function") : [];
  };
  export class NnoLocalInspection extends WorkerEntrypoint {
    inspect() {
      return {
        handlers: handlersOf(main.default),
        named: Object.entries(main).filter(([name]) => name !== "default").map(([name, value]) => ({ name, handlers: handlersOf(value) })),
      };
    }
  }
`;

interface Inspection extends Rpc.WorkerEntrypointBranded {
  inspect(): { handlers: string[]; named: { name: string; handlers: string[] }[] };
}

interface Exports {
  Mailbox(options: { props: MailboxProps }): unknown;
  RateLimiter(options: { props: RateLimiterProps }): unknown;
}

interface MailboxProps {
  script: string;
}

/** Has the shape of Cloudflare's send_email binding. */
export class Mailbox extends WorkerEntrypoint<EdgeBindings, MailboxProps> {
  async send(mail: unknown): Promise<{ messageId: string }> {
    const answer = await this.env.NODE.fetch("http://node/mail", {
      method: "POST",
      body: JSON.stringify({ script: this.ctx.props.script, mail }),
    });
    if (!answer.ok) throw new Error(await answer.text());
    return answer.json();
  }
}

interface RateLimiterProps {
  namespace: string;
  limit: number;
  periodSeconds: number;
}

const windows = new Map<string, { start: number; count: number }>();

/**
 * Has the shape of the Ratelimit binding, which cannot be passed through a loader. It counts in fixed windows. As on
 * Cloudflare, a namespace belongs to the account, and Workers that name the same namespace share its counts.
 */
export class RateLimiter extends WorkerEntrypoint<EdgeBindings, RateLimiterProps> {
  limit({ key }: { key: string }): { success: boolean } {
    const { namespace, limit, periodSeconds } = this.ctx.props;
    const id = JSON.stringify([namespace, key]);
    const now = Date.now();
    const start = now - (now % (periodSeconds * 1000));
    const window = windows.get(id);
    const count = window?.start === start ? window.count + 1 : 1;
    windows.set(id, { start, count });
    return { success: count <= limit };
  }
}

export default {
  async fetch(request, env, ctx) {
    if (request.headers.get("X-Edge-Secret") !== env.EDGE_SECRET) {
      return new Response("not for this client", { status: 403 });
    }
    const action = request.headers.get("X-Edge-Action");
    if (action === "query") return query(env, await request.json());
    const version = request.headers.get("X-Edge-Version") ?? "";
    const worker = env.LOADER.get(version, () => load(env, ctx, version));
    if (action === "inspect") {
      try {
        const inspection = worker.getEntrypoint<Inspection>("NnoLocalInspection");
        return Response.json({ ok: true, ...(await inspection.inspect()) });
      } catch (error) {
        return Response.json({ ok: false, error: String(error) });
      }
    }
    const headers = new Headers(request.headers);
    for (const name of ["X-Edge-Secret", "X-Edge-Action", "X-Edge-Version"]) headers.delete(name);
    try {
      // Every request from the internet has Cloudflare's metadata.
      const cf = { colo: "LOCAL" };
      return await worker.getEntrypoint().fetch(new Request(request, { headers, cf }));
    } catch (error) {
      console.error(error);
      return new Response("error code: 1101\nWorker threw exception\n", { status: 500 });
    }
  },
} satisfies ExportedHandler<EdgeBindings>;

async function load(
  env: EdgeBindings,
  ctx: ExecutionContext,
  id: string,
): Promise<WorkerLoaderWorkerCode> {
  const answer = await env.NODE.fetch(`http://node/version/${id}`);
  if (!answer.ok) throw new Error(`version ${id} is gone`);
  const version = await answer.json<LoadableVersion>();
  const exports = (ctx as ExecutionContext & { exports: Exports }).exports;
  const modules: WorkerLoaderWorkerCode["modules"] = {
    [entryName]: { js: entryModule(version.mainModule) },
  };
  for (const { name, type, content } of version.modules) modules[name] = moduleOf(type, content);
  const bindings: Record<string, unknown> = { ...version.variables };
  for (const [name, uuid] of Object.entries(version.databases)) bindings[name] = env[`D1_${uuid}`];
  for (const name of version.mailboxes) {
    bindings[name] = exports.Mailbox({ props: { script: version.script } });
  }
  for (const [name, limiter] of Object.entries(version.rateLimiters)) {
    bindings[name] = exports.RateLimiter({ props: limiter });
  }
  return {
    compatibilityDate: version.compatibilityDate,
    compatibilityFlags: version.compatibilityFlags,
    mainModule: entryName,
    modules,
    env: bindings,
  };
}

function moduleOf(
  type: LoadableVersion["modules"][number]["type"],
  content: string,
): WorkerLoaderModule {
  if (type === "json") return { json: JSON.parse(content) };
  if (type === "data" || type === "wasm") return { [type]: bytesOf(content) };
  return { [type]: content };
}

function bytesOf(base64: string): ArrayBuffer {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)).buffer;
}

/**
 * D1's own wire protocol, one level below `prepare()`. Only this level gives the columns in order, even if two have the same
 * name or there is no row, together with the figures of each statement.
 */
async function query(env: EdgeBindings, { database, queries }: EdgeQuery): Promise<Response> {
  const binding = env[`D1_${database}`];
  if (binding === undefined) return Response.json({ result: { error: "no such database" } });
  const answer = await binding.fetcher.fetch("http://d1/query?resultsFormat=ROWS_AND_COLUMNS", {
    method: "POST",
    body: JSON.stringify(queries),
  });
  const result = await answer.json();
  return Response.json({
    result,
    bookmark: answer.headers.get("x-cf-d1-session-commit-token"),
  });
}
