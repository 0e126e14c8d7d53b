import { connect } from "node:net";
import { describe, expect, it } from "vitest";
import { deploy, echoWorker, startClient } from "./harness.ts";

const client = await startClient();
const { cloudflare } = client;

describe("the edge", () => {
  it("refuses a host that is not attached, even while Workers are running", async () => {
    await deploy(client, { script: "runs", host: "runs.nno.localhost", code: echoWorker });
    const { status, text } = await client.fetch("other.nno.localhost", "/");
    expect([status, text.split("\n")[0]]).toEqual([530, "error code: 1016"]);
  });

  it("does not answer names that could belong to somebody else, or other ports", async () => {
    const hosts = ["example.com", "nno.localhost.example.com", "127.0.0.1.example.com", "[::1]"];
    for (const host of [...hosts, "nno.localhost:1"]) {
      const { status } = await client.fetch(host, "/mailbox.json");
      expect([host, status]).toEqual([host, 421]);
    }
  });

  it("listens only on the loopback address", async () => {
    const reached = await new Promise<string>((resolve) => {
      const socket = connect({ host: "127.0.0.2", port: cloudflare.port });
      socket.once("connect", () => resolve("connected"));
      socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? ""));
    });
    expect(reached).toBe("ECONNREFUSED");
  });

  it("does not serve the API at a Worker's hostname", async () => {
    await deploy(client, { script: "host", host: "host.nno.localhost", code: echoWorker });
    const { text } = await client.fetch("host.nno.localhost", "/client/v4/user/tokens/verify");
    expect(text).toBe("{}");
  });

  it("gives a Worker the client's address, and no other header that only Cloudflare may set", async () => {
    await deploy(client, {
      script: "headers",
      host: "headers.nno.localhost",
      code: "export default { fetch: (request) => Response.json(Object.fromEntries(request.headers)) }",
    });
    const { text } = await client.fetch("headers.nno.localhost", "/", {
      headers: { "CF-Connecting-IP": "203.0.113.9", "X-Edge-Version": "x", "X-Mine": "kept" },
    });
    const headers = JSON.parse(text) as Record<string, string>;
    expect(headers["cf-connecting-ip"]).toBe("127.0.0.1");
    expect(headers["x-mine"]).toBe("kept");
    expect(Object.keys(headers).filter((name) => name.startsWith("x-edge"))).toEqual([]);
  });

  it("passes on bodies, unfollowed redirects, and every cookie", async () => {
    await deploy(client, {
      script: "passes",
      host: "passes.nno.localhost",
      code: `export default { async fetch(request) {
        const headers = new Headers({ Location: "https://example.com/", "X-Body": await request.text() });
        headers.append("Set-Cookie", "a=1"); headers.append("Set-Cookie", "b=2");
        return new Response(null, { status: 302, headers });
      } }`,
    });
    const { status, headers } = await client.fetch("passes.nno.localhost", "/", {
      method: "POST",
      headers: { "Transfer-Encoding": "chunked" },
      body: "hello",
    });
    expect(status).toBe(302);
    expect(headers).toMatchObject({
      location: "https://example.com/",
      "x-body": "hello",
      "set-cookie": ["a=1", "b=2"],
    });
  });

  it("answers 1101 for a Worker that throws, without its message", async () => {
    await deploy(client, {
      script: "throws",
      host: "throws.nno.localhost",
      code: `export default { fetch() { throw new Error("inner detail") } }`,
    });
    const { status, text } = await client.fetch("throws.nno.localhost", "/");
    expect(status).toBe(500);
    expect(text).toContain("error code: 1101");
    expect(text).not.toContain("inner detail");
  });

  it("shares a rate limit among all Workers of the account that name its namespace", async () => {
    const code = `export default { async fetch(request, env) {
      return Response.json(await env.LIMIT.limit({ key: "same" }));
    } }`;
    const bindings = [
      { type: "ratelimit", name: "LIMIT", namespace_id: "1001", simple: { limit: 2, period: 60 } },
    ];
    for (const script of ["limit-a", "limit-b"]) {
      await deploy(client, {
        script,
        host: `${script}.nno.localhost`,
        code,
        metadata: { bindings },
      });
    }
    // The window is the clock's minute. If it ended between two requests, the count would start again.
    const left = 60_000 - (Date.now() % 60_000);
    if (left < 5000) await new Promise((resolve) => setTimeout(resolve, left));
    const answers: string[] = [];
    for (const script of ["limit-a", "limit-b", "limit-a"]) {
      answers.push((await client.fetch(`${script}.nno.localhost`, "/")).text);
    }
    expect(answers).toEqual(['{"success":true}', '{"success":true}', '{"success":false}']);
  });

  it("stores the mail of a Worker with its platform, newest first", async () => {
    const code = `export default { async fetch(request, env) {
      const sent = await env.EMAIL.send({ from: { name: "P", email: "p@x" }, to: "u@x", subject: new URL(request.url).pathname, text: "Open https://x.example/link", html: "<p>" });
      return Response.json(sent);
    } }`;
    const bindings = [{ type: "send_email", name: "EMAIL" }];
    for (const id of ["aaaaaaaaa1", "aaaaaaaaa2"]) {
      const script = `${id}-default-auth`;
      await deploy(client, { script, host: `${id}.nno.localhost`, code, metadata: { bindings } });
      const { text } = await client.fetch(`${id}.nno.localhost`, `/mail-of-${id}`);
      expect(JSON.parse(text)).toEqual({ messageId: expect.any(String) });
    }
    const read = async (path: string) =>
      JSON.parse((await client.fetch("nno.localhost", path)).text) as {
        subject: string;
        sender: string;
      }[];
    expect((await read("/mailbox.json")).map(({ sender }) => sender)).toEqual([
      "aaaaaaaaa2",
      "aaaaaaaaa1",
    ]);
    expect((await read("/mailbox.json?platform=aaaaaaaaa1")).map(({ subject }) => subject)).toEqual(
      ["/mail-of-aaaaaaaaa1"],
    );
  });

  it("refuses something that is not a message", async () => {
    await deploy(client, {
      script: "bad-mail",
      host: "bad-mail.nno.localhost",
      code: `export default { async fetch(request, env) {
        return new Response(await env.EMAIL.send({ to: "u@x" }).then(() => "sent", (error) => error.message));
      } }`,
      metadata: { bindings: [{ type: "send_email", name: "EMAIL" }] },
    });
    expect((await client.fetch("bad-mail.nno.localhost", "/")).text).toContain("from");
  });
});
