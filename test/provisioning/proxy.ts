/**
 * A proxy between the job and the local Cloudflare. It counts the calls, checks their shapes against Cloudflare's published API,
 * and makes one of them fail, before or after it takes effect.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { problemsOf } from "../local/openapi.ts";

export interface Fault {
  /** Which call, counted from 0. */
  call: number;
  when: "before" | "after";
  /** `dead`: this call and every later one is cut off, as if the job had been killed there. */
  how: "dead" | "hang" | "reset" | "500" | "429";
}

export interface Proxy {
  apiBaseUrl: string;
  /** Such as `GET /workers/domains`, without the account, in the order of arrival. */
  calls: string[];
  /** What differs from Cloudflare's published API. */
  problems: string[];
  /** Every BETTER_AUTH_SECRET that reached Cloudflare. */
  secrets: Set<string>;
  /** Whether the fault happened. */
  readonly hasFailed: boolean;
  close(): Promise<void>;
}

const prefix = "/client/v4";

export async function startProxy(target: { port: number }, fault?: Fault): Promise<Proxy> {
  const calls: string[] = [];
  const problems: string[] = [];
  const secrets = new Set<string>();
  let hasFailed = false;

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = new URL(request.url ?? "/", "http://proxy").pathname.slice(prefix.length);
    const method = request.method ?? "GET";
    const index = calls.push(`${method} ${path.replace(/^\/accounts\/[^/]+/, "")}`) - 1;
    const isMine = fault !== undefined && index === fault.call;
    if (isMine) hasFailed = true;
    if (fault?.how === "dead" && index > fault.call) return void request.socket.destroy();
    const body = await readBody(request);
    if (isMine && fault.when === "before") return fail(fault, request, response);
    const contentType = request.headers["content-type"] ?? "";
    await judgeRequest({ method, path, contentType, body });
    const answer = await fetch(`http://127.0.0.1:${target.port}${request.url ?? ""}`, {
      method,
      headers: {
        Authorization: request.headers.authorization ?? "",
        ...(contentType === "" ? {} : { "Content-Type": contentType }),
      },
      body: method === "GET" || body.byteLength === 0 ? null : body,
    });
    const text = await answer.text();
    problems.push(...problemsOf({ method, path, status: answer.status, value: JSON.parse(text) }));
    if (isMine) return fail(fault, request, response);
    response.writeHead(answer.status, { "Content-Type": "application/json" }).end(text);
  }

  async function judgeRequest(call: {
    method: string;
    path: string;
    contentType: string;
    body: Uint8Array<ArrayBuffer>;
  }): Promise<void> {
    const { method, path, contentType, body } = call;
    if (contentType.startsWith("multipart/")) {
      const form = await new Response(body, {
        headers: { "Content-Type": contentType },
      }).formData();
      const metadata: unknown = JSON.parse(await textOf(form.get("metadata")));
      noteSecrets(metadata);
      const value = { metadata };
      problems.push(...problemsOf({ method, path, contentType: "multipart/form-data", value }));
    } else if (body.byteLength > 0) {
      const value: unknown = JSON.parse(new TextDecoder().decode(body));
      problems.push(...problemsOf({ method, path, value }));
    }
  }

  function noteSecrets(metadata: unknown): void {
    const { bindings } = metadata as { bindings: { type: string; name: string; text?: string }[] };
    for (const { type, name, text } of bindings) {
      if (type === "secret_text" && name === "BETTER_AUTH_SECRET") secrets.add(String(text));
    }
  }

  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => {
      problems.push(`the proxy: ${String(error)}`);
      response.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    apiBaseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}${prefix}`,
    calls,
    problems,
    secrets,
    get hasFailed() {
      return hasFailed;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function fail({ how }: Fault, request: IncomingMessage, response: ServerResponse): void {
  switch (how) {
    case "dead":
    case "reset":
      request.socket.resetAndDestroy();
      return;
    case "hang":
      // No answer: the caller gives up by itself.
      return;
    case "500":
      response.writeHead(500, { "Content-Type": "text/html" }).end("<h1>Internal error</h1>");
      return;
    case "429":
      response.writeHead(429, { "Retry-After": "1", "Content-Type": "application/json" });
      response.end(
        JSON.stringify({
          success: false,
          errors: [{ code: 971, message: "Please wait" }],
          messages: [],
          result: null,
        }),
      );
  }
}

async function readBody(request: IncomingMessage): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return new Uint8Array(Buffer.concat(chunks));
}

async function textOf(part: string | File | null): Promise<string> {
  return typeof part === "string" ? part : ((await part?.text()) ?? "");
}
