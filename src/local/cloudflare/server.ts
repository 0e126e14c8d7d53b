/**
 * Routes requests by host: this machine's own names get the API and the pages, attached hostnames get their Worker, and every
 * other name is refused and never falls through to somebody's Worker.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { mailboxPage } from "../mailbox.ts";
import { refusal, type Cloud, type createRouter } from "./call.ts";
import { consolePlatform, serveConsole } from "./console-site.ts";
import { isTransfer, type Transfers } from "./database-transfers.ts";
import { findDomain, isCertified } from "./domains.ts";
import { ApiError } from "./errors.ts";
import { listMail, listSenders } from "./mail.ts";
import { provisioningPage } from "./provisioning-page.ts";

export const apiPrefix = "/client/v4";
const bodyLimitBytes = 100 * 1024 * 1024;

export interface Edge {
  cloud: Cloud;
  port: number;
  transfers: Transfers;
  answerApi: ReturnType<typeof createRouter>;
  /** The console's build; undefined if none is served. */
  consoleFolder: string | undefined;
}

/** Answers one request, depending on the host that it asks for. */
export async function answer(
  edge: Edge,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { cloud, port } = edge;
  const host = readHost(request, port);
  // A foreign page can point a name of its own at 127.0.0.1 (DNS rebinding). Such names never get an answer.
  if (host === undefined) {
    return send(response, new Response("this host is not served here\n", { status: 421 }));
  }
  if (host === cloud.rootDomain || host === "localhost" || host === "127.0.0.1") {
    return send(response, await answerOwn(edge, request));
  }
  const { consoleFolder } = edge;
  const platformId = consolePlatform(host, cloud.rootDomain);
  if (consoleFolder !== undefined && platformId !== undefined) {
    const authHost = `auth.svc.default.${platformId}.${cloud.rootDomain}`;
    if (findDomain(cloud, authHost) !== undefined) {
      const { pathname } = new URL(request.url ?? "/", cloud.origin);
      return send(
        response,
        await serveConsole(consoleFolder, pathname, `http://${authHost}:${port}`),
      );
    }
  }
  const domain = findDomain(cloud, host);
  const version = domain === undefined ? undefined : cloud.workers.deployedVersion(domain.service);
  if (domain === undefined || version === undefined) {
    return send(
      response,
      new Response(`error code: 1016\nno Worker is attached to ${host}\n`, { status: 530 }),
    );
  }
  if (!isCertified(cloud, domain)) {
    // On Cloudflare, the TLS handshake fails at this point.
    response.destroy();
    return;
  }
  await cloud.runtime.forward(version, request, response);
}

/** The requested host, if it is a name that always means this machine, on this port. */
function readHost(request: IncomingMessage, port: number): string | undefined {
  const [, host, givenPort] =
    /^([a-z0-9.-]+)(?::(\d+))?$/.exec(request.headers.host?.toLowerCase() ?? "") ?? [];
  if (host === undefined || Number(givenPort ?? 80) !== port) return undefined;
  const isLocal = host === "localhost" || host === "127.0.0.1" || host.endsWith(".localhost");
  return isLocal ? host : undefined;
}

/** The API, the transfer of files, and the pages. */
async function answerOwn(edge: Edge, request: IncomingMessage): Promise<Response> {
  const { cloud, port } = edge;
  const { method = "GET" } = request;
  const url = URL.parse(request.url ?? "/", cloud.origin);
  if (url === null) return new Response("Bad Request\n", { status: 400 });
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
    cloud.log(
      `${method} ${url.pathname} ${answered.status} ${Math.round(performance.now() - start)} ms`,
    );
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
      return provisioningPage(
        cloud,
        port,
        Number.isInteger(pageNumber) && pageNumber > 0 ? pageNumber : 1,
      );
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
      return Response.json(listMail(cloud.state, wanted), {
        headers: {
          "Cache-Control": "no-store",
          "Cross-Origin-Resource-Policy": "same-origin",
        },
      });
    default:
      return new Response("not found\n", { status: 404 });
  }
}

/** Undefined if the body is larger than any request may be. */
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
