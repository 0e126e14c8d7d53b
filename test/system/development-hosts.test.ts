/**
 * A page whose name was rebound to this machine (DNS rebinding) is, to the browser, of one origin with the development
 * server. It would read the mailbox and make itself the platform admin, so the server answers to its own names alone.
 */
import { request } from "node:http";
import { beforeAll, describe, expect, it } from "vitest";
import { startDevelopmentServer, type DevelopmentServer } from "./development-server.ts";

let server: DevelopmentServer;

beforeAll(async () => {
  server = await startDevelopmentServer();
  return async () => server.stop();
});

const ask = async (host: string, method: string, path: string) =>
  new Promise<{ status: number | undefined; body: string }>((resolve, reject) => {
    const { port } = new URL(server.origin);
    const headers = { host: host.replace("PORT", port), origin: `http://${host}` };
    const outgoing = request({ host: "127.0.0.1", port, method, path, headers }, (incoming) => {
      let body = "";
      incoming.on("data", (chunk: Buffer) => (body += chunk.toString()));
      incoming.on("end", () => resolve({ status: incoming.statusCode, body }));
    });
    outgoing.on("error", reject);
    outgoing.end();
  });

describe("the development server", () => {
  it.each([
    ["GET", "/mailbox"],
    ["GET", "/mailbox.json"],
    ["POST", "/claim"],
    ["GET", "/claim"],
    ["GET", "/healthz"],
    ["GET", "/api/auth/session"],
    ["POST", "/api/auth/sign-up/email"],
    ["GET", "/nowhere"],
  ])("refuses %s %s by another name", async (method, path) => {
    const names = [
      "evil.example:PORT",
      "evil.example",
      "localhost.evil.example:PORT",
      "evil-localhost:PORT",
    ];
    for (const name of names) {
      const { status, body } = await ask(name, method, path);
      expect([name, status]).toEqual([name, 421]);
      expect(body).toContain("this host is not served here");
    }
  });

  it.each(["localhost:PORT", "127.0.0.1:PORT", "console.localhost:PORT"])(
    "answers to %s",
    async (name) => {
      expect((await ask(name, "GET", "/mailbox.json")).status).toBe(200);
    },
  );
});
