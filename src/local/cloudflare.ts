/**
 * The local Cloudflare: the part of Cloudflare's API that provisioning and wrangler use, and the edge that runs what was
 * uploaded, on one port of this machine. It is a server and no adapter: whoever speaks to it knows nothing of it but
 * its base URL. It shares no code with the provisioner, because a shared mistake would pass.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { accountRoutes, openAccount } from "./cloudflare/account.ts";
import { createRouter, refusal, type Cloud, type Permission } from "./cloudflare/call.ts";
import { databaseQueryRoutes } from "./cloudflare/database-queries.ts";
import { createTransfers, isTransfer, type Transfers } from "./cloudflare/database-transfers.ts";
import { databaseRoutes } from "./cloudflare/databases.ts";
import { deploymentRoutes } from "./cloudflare/deployments.ts";
import { domainRoutes, findDomain, isCertified } from "./cloudflare/domains.ts";
import { ApiError } from "./cloudflare/errors.ts";
import { listMail, listSenders, storeMail } from "./cloudflare/mail.ts";
import { reapOrphans } from "./cloudflare/orphans.ts";
import { provisioningPage } from "./cloudflare/provisioning-page.ts";
import { startRuntime } from "./cloudflare/runtime.ts";
import { scriptRoutes } from "./cloudflare/scripts.ts";
import { secretRoutes } from "./cloudflare/secrets.ts";
import { settingsRoutes } from "./cloudflare/settings.ts";
import { openState } from "./cloudflare/state.ts";
import { triggerRoutes } from "./cloudflare/triggers.ts";
import { createWorkerStore, toLoadable, type Version } from "./cloudflare/worker-store.ts";
import { zoneRecordRoutes } from "./cloudflare/zone-records.ts";
import { mailboxPage } from "./mailbox.ts";

export interface LocalCloudflare {
  port: number;
  /** For `CLOUDFLARE_API_BASE_URL`. */
  apiBaseUrl: string;
  accountId: string;
  zoneId: string;
  /** A token that may do everything. */
  apiToken: string;
  /** Ends the server and its workerd; the state stays. */
  stop(): Promise<void>;
}

export interface LocalCloudflareOptions {
  /** 0 or undefined: any free port. */
  port?: number | undefined;
  /** Kept between runs; used by one run at a time. */
  stateFolder: string;
  /** The account's one zone; must end in `.localhost`. */
  rootDomain?: string | undefined;
  /** More API tokens, by what they may do. */
  tokens?: Record<string, Permission[]> | undefined;
  /** For how long a new hostname's certificate is on its way; until then the hostname refuses connections. */
  certificateDelayMilliseconds?: number | undefined;
  now?: (() => number) | undefined;
  log?: ((line: string) => void) | undefined;
}

const apiPrefix = "/client/v4";
const bodyLimitBytes = 100 * 1024 * 1024;

/**
 * Starts it on 127.0.0.1.
 *
 * @throws {StateError} when the state folder is in use or cannot be read; {RangeError} for a root domain that is not
 *   local; the listener's error when the port is taken.
 */
export async function startLocalCloudflare(
  options: LocalCloudflareOptions,
): Promise<LocalCloudflare> {
  const { rootDomain = "nno.localhost", now = Date.now, log = () => {} } = options;
  if (!rootDomain.endsWith(".localhost")) {
    throw new RangeError(`${rootDomain} does not end in .localhost: it would not lead to this machine`);
  }
  const folder = resolve(options.stateFolder);
  const state = openState(folder);
  const server = createServer();
  try {
    const port = await listen(server, options.port ?? 0);
    const origin = `http://127.0.0.1:${port}`;
    const account = openAccount(state, folder, options.tokens ?? {});
    const mark = `${account.id}:${folder}`;
    for (const pid of await reapOrphans(mark)) log(`ended workerd ${pid}, which a killed run left behind`);

    const workers = createWorkerStore(state, now);
    const arriving = new Map<string, { version: Version; contents: Map<string, Buffer> }>();
    const runtime = await startRuntime({
      state,
      folder,
      mark,
      log,
      storeMail: (script, mail) => storeMail(state, script, mail, now()),
      readVersion: (id) => {
        const pending = arriving.get(id);
        const version = pending?.version ?? workers.findVersion(id);
        if (version === undefined) return undefined;
        return toLoadable(
          version,
          (hash) => pending?.contents.get(hash) ?? workers.readModule(hash),
          (uuid) =>
            state.get("SELECT 1 FROM database WHERE uuid = ? AND deleted = 0", uuid) !== undefined,
        );
      },
    });
    const cloud: Cloud = {
      state,
      runtime,
      workers,
      account,
      rootDomain,
      origin,
      certificateDelayMilliseconds: options.certificateDelayMilliseconds ?? 0,
      now,
      async inspect(version, contents) {
        arriving.set(version.id, { version, contents });
        try {
          return await runtime.inspect(version.id);
        } finally {
          arriving.delete(version.id);
        }
      },
    };
    const apiBaseUrl = `${origin}${apiPrefix}`;
    writeFileSync(
      join(folder, "cloudflare.env"),
      `CLOUDFLARE_API_BASE_URL=${apiBaseUrl}\nCLOUDFLARE_ACCOUNT_ID=${account.id}\nCLOUDFLARE_API_TOKEN=${account.apiToken}\n`,
      { mode: 0o600 },
    );
    const transfers = createTransfers();
    const answerApi = createRouter([
      ...accountRoutes,
      ...databaseRoutes,
      ...databaseQueryRoutes,
      ...transfers.routes,
      ...scriptRoutes,
      ...settingsRoutes,
      ...secretRoutes,
      ...deploymentRoutes,
      ...triggerRoutes,
      ...domainRoutes,
      ...zoneRecordRoutes,
    ]);
    server.on("request", (request, response) => {
      answer({ cloud, port, transfers, answerApi, log }, request, response).catch((error: unknown) => {
        log(`${request.method} ${request.url}: ${error instanceof Error ? error.stack : String(error)}`);
        if (!response.headersSent) response.writeHead(500);
        response.end();
      });
    });
    return {
      port,
      apiBaseUrl,
      accountId: account.id,
      zoneId: account.zoneId,
      apiToken: account.apiToken,
      async stop() {
        const closed = new Promise((done) => {
          server.close(done);
        });
        server.closeAllConnections();
        await closed;
        await runtime.stop();
        state.close();
      },
    };
  } catch (error) {
    server.close();
    state.close();
    throw error;
  }
}

async function listen(server: Server, port: number): Promise<number> {
  await new Promise<void>((done, fail) => {
    server.once("error", fail);
    server.listen(port, "127.0.0.1", () => {
      server.off("error", fail);
      done();
    });
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  return address.port;
}

interface Edge {
  cloud: Cloud;
  port: number;
  transfers: Transfers;
  answerApi: ReturnType<typeof createRouter>;
  log: (line: string) => void;
}

async function answer(edge: Edge, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { cloud, port } = edge;
  const host = readHost(request, port);
  // A page elsewhere can point a name of its own at 127.0.0.1 (DNS rebinding); such a name is never answered.
  if (host === undefined) {
    return send(response, new Response("this host is not served here\n", { status: 421 }));
  }
  if (host === cloud.rootDomain || host === "localhost" || host === "127.0.0.1") {
    return send(response, await answerOwn(edge, request));
  }
  const domain = findDomain(cloud, host);
  const version = domain === undefined ? undefined : cloud.workers.deployedVersion(domain.service);
  if (domain === undefined || version === undefined) {
    return send(response, new Response(`error code: 1016\nno Worker is attached to ${host}\n`, { status: 530 }));
  }
  if (!isCertified(cloud, domain)) {
    // On Cloudflare the TLS handshake fails.
    response.destroy();
    return;
  }
  await cloud.runtime.forward(version, request, response);
}

/** The host that is asked for, when it is one that always means this machine, on this port. */
function readHost(request: IncomingMessage, port: number): string | undefined {
  const [, host, givenPort] = /^([a-z0-9.-]+)(?::(\d+))?$/.exec(request.headers.host?.toLowerCase() ?? "") ?? [];
  if (host === undefined || Number(givenPort ?? 80) !== port) return undefined;
  const isLocal = host === "localhost" || host === "127.0.0.1" || host.endsWith(".localhost");
  return isLocal ? host : undefined;
}

/** The API, the files on their way, and the pages. */
async function answerOwn(edge: Edge, request: IncomingMessage): Promise<Response> {
  const { cloud, port } = edge;
  const { method = "GET" } = request;
  const url = new URL(request.url ?? "/", cloud.origin);
  if (url.pathname.startsWith(`${apiPrefix}/`)) {
    const body = await readBody(request);
    if (body === undefined) return refusal(new ApiError(413, 10027, "The request is too large"));
    const start = performance.now();
    const answered = await edge.answerApi(cloud, {
      method,
      path: url.pathname.slice(apiPrefix.length),
      query: url.searchParams,
      authorization: request.headers.authorization,
      contentType: request.headers["content-type"] ?? "",
      userAgent: request.headers["user-agent"] ?? "",
      body,
    });
    edge.log(`${method} ${url.pathname} ${answered.status} ${Math.round(performance.now() - start)} ms`);
    return answered;
  }
  if (isTransfer(url.pathname)) {
    const body = await readBody(request);
    return body === undefined
      ? new Response(null, { status: 413 })
      : edge.transfers.answer(method, url.pathname, body);
  }
  if (method !== "GET" && method !== "HEAD") return new Response(null, { status: 405 });
  const wanted = url.searchParams.get("platform");
  switch (url.pathname) {
    case "/": {
      const pageNumber = Number(url.searchParams.get("page") ?? 1);
      return provisioningPage(cloud, port, Number.isInteger(pageNumber) && pageNumber > 0 ? pageNumber : 1);
    }
    case "/mailbox":
      return mailboxPage(listMail(cloud.state, wanted), [
        { text: "Provisioning", href: "/" },
        { text: "All mail", href: "/mailbox", isCurrent: wanted === null },
        ...listSenders(cloud.state).map((id) => ({
          text: id,
          href: `/mailbox?platform=${id}`,
          isCurrent: wanted === id,
        })),
      ]);
    case "/mailbox.json":
      return Response.json(listMail(cloud.state, wanted), { headers: { "Cache-Control": "no-store" } });
    default:
      return new Response("not found\n", { status: 404 });
  }
}

/** undefined when it is larger than any request may be. */
async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.byteLength;
    if (size > bodyLimitBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

async function send(response: ServerResponse, answered: Response): Promise<void> {
  response.writeHead(answered.status, Object.fromEntries(answered.headers));
  if (answered.body === null) response.end();
  else await pipeline(Readable.fromWeb(answered.body), response);
}
