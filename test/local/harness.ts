/** Starts a local Cloudflare for a test file and talks to it over HTTP, as any client would. */
import { mkdtempSync, rmSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect } from "vitest";
import {
  startLocalCloudflare,
  type LocalCloudflare,
  type LocalCloudflareOptions,
} from "../../src/local/cloudflare.ts";
import { problemsOf } from "./openapi.ts";

export interface ApiAnswer {
  status: number;
  success: boolean;
  errors: { code: number; message: string; error_chain?: { code: number }[] }[];
  // The tests look at what they asked for; its shape is checked against Cloudflare's published API.
  // oxlint-disable-next-line typescript/no-explicit-any
  result: any;
  result_info?: { count: number; total_count: number; page: number; per_page: number };
}

export interface Client {
  cloudflare: LocalCloudflare;
  /** A call under `/client/v4`; `~` stands for `/accounts/<account>`. */
  api: (
    method: string,
    path: string,
    body?: unknown,
    options?: { token?: string; headers?: Record<string, string> },
  ) => Promise<ApiAnswer>;
  /** A request to a hostname, which Node would not resolve. */
  fetch: (
    host: string,
    path: string,
    options?: { method?: string; headers?: Record<string, string>; body?: string },
  ) => Promise<{ status: number; headers: Record<string, unknown>; text: string }>;
}

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "local-cloudflare-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Stops when the test file ends. */
export async function startClient(options: Partial<LocalCloudflareOptions> = {}): Promise<Client> {
  const cloudflare = await startLocalCloudflare({ stateFolder: temporaryFolder(), ...options });
  afterAll(() => cloudflare.stop());
  return createClient(cloudflare);
}

export function createClient(cloudflare: LocalCloudflare): Client {
  return {
    cloudflare,
    async api(method, path, body, { token = cloudflare.apiToken, headers = {} } = {}) {
      const url = new URL(
        cloudflare.apiBaseUrl + path.replace(/^~/, `/accounts/${cloudflare.accountId}`),
      );
      const isForm = body instanceof FormData;
      const apiPath = url.pathname.slice("/client/v4".length);
      const response = await fetch(url, {
        method,
        headers: {
          ...(token === "" ? {} : { Authorization: `Bearer ${token}` }),
          ...(body === undefined || isForm ? {} : { "Content-Type": "application/json" }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: isForm ? body : JSON.stringify(body) }),
      });
      const answer = (await response.json()) as Omit<ApiAnswer, "status">;
      if (response.ok && body !== undefined && !isForm) {
        expect(problemsOf({ method, path: apiPath, value: body })).toEqual([]);
      }
      expect(
        problemsOf({ method, path: apiPath, status: response.status, value: answer }),
        JSON.stringify(answer),
      ).toEqual([]);
      return { status: response.status, ...answer };
    },
    fetch(host, path, { method = "GET", headers = {}, body } = {}) {
      return new Promise((resolve, reject) => {
        const request = httpRequest(
          {
            host: "127.0.0.1",
            port: cloudflare.port,
            method,
            path,
            headers: { Host: host.includes(":") ? host : `${host}:${cloudflare.port}`, ...headers },
          },
          (response) => {
            const chunks: Buffer[] = [];
            response.on("data", (chunk: Buffer) => chunks.push(chunk));
            response.on("end", () =>
              resolve({
                status: response.statusCode ?? 0,
                headers: response.headers,
                text: Buffer.concat(chunks).toString(),
              }),
            );
          },
        );
        request.on("error", reject);
        request.end(body);
      });
    },
  };
}

/** The form of an upload, with one module unless more are given. */
export function scriptForm(
  code: string,
  metadata: Record<string, unknown> = {},
  modules: Record<string, { content: string; type: string }> = {},
): FormData {
  const form = new FormData();
  form.append(
    "metadata",
    JSON.stringify({
      main_module: "index.js",
      compatibility_date: "2026-11-01",
      compatibility_flags: ["nodejs_compat"],
      ...metadata,
    }),
  );
  const file = (content: string, name: string, type: string) => new File([content], name, { type });
  form.append("index.js", file(code, "index.js", "application/javascript+module"));
  for (const [name, { content, type }] of Object.entries(modules)) {
    form.append(name, file(content, name, type));
  }
  return form;
}

/** Uploads a Worker and attaches a hostname to it. */
export async function deploy(
  client: Client,
  options: { script: string; host: string; code: string; metadata?: Record<string, unknown> },
): Promise<void> {
  const form = scriptForm(options.code, options.metadata);
  const uploaded = await client.api("PUT", `~/workers/scripts/${options.script}`, form);
  expect(uploaded.errors).toEqual([]);
  const attached = await client.api("PUT", "~/workers/domains", {
    hostname: options.host,
    service: options.script,
  });
  expect(attached.errors).toEqual([]);
}

export async function createDatabase(client: Client, name: string): Promise<string> {
  const created = await client.api("POST", "~/d1/database", { name });
  expect(created.errors).toEqual([]);
  return String(created.result.uuid);
}

/** A Worker that answers with its variables, so that a test can see what it was given. */
export const echoWorker = `export default {
  fetch(request, env) {
    const strings = Object.fromEntries(Object.entries(env).filter(([, value]) => typeof value === "string"));
    return Response.json(strings);
  },
};`;
