import { describe, expect, it } from "vitest";
import { createDatabase, deploy, echoWorker, startClient } from "./harness.ts";

const client = await startClient();
const { port } = client.cloudflare;
const read = async (path: string) => client.fetch("nno.localhost", path);

const journal = `
  CREATE TABLE provisioning (job_id TEXT, release TEXT, command TEXT, started_at INTEGER, ended_at INTEGER, outcome TEXT);
  CREATE TABLE provisioning_step (job_id TEXT, step TEXT, position INTEGER, state TEXT, started_at INTEGER, ended_at INTEGER, error TEXT, detail TEXT);
  INSERT INTO provisioning VALUES ('old', '0', 'create', 1, 2, 'done'), ('new', '1.2.3', 'upgrade', 1767225600000, NULL, NULL);
  INSERT INTO provisioning_step VALUES
    ('old', 'a step of an older job', 1, 'done', 1, 2, NULL, NULL),
    ('new', 'upload Worker', 2, 'failed', 1767225600120, 1767225602620, 'code 10021: <b>no</b>', NULL),
    ('new', 'migrate', 1, 'done', 1767225600000, 1767225600120, NULL, 'bookmark 00-01'),
    ('new', 'verify', 3, 'waiting', NULL, NULL, NULL, NULL);`;

describe("the page Platform > Provisioning", () => {
  it("lists a platform with its addresses", async () => {
    await deploy(client, {
      script: "k3m9p2xw7q-default-auth",
      host: "auth.svc.default.k3m9p2xw7q.nno.localhost",
      code: echoWorker,
      metadata: { bindings: [{ type: "plain_text", name: "RELEASE", text: "1.0.0" }] },
    });
    const { text } = await read("/");
    expect(text).toContain("<title>Platform &gt; Provisioning</title>");
    expect(text).toContain(`http://auth.svc.default.k3m9p2xw7q.nno.localhost:${port}`);
    expect(text).toContain(`http://console.app.default.k3m9p2xw7q.nno.localhost:${port}`);
    expect(text).toContain("/mailbox?platform=k3m9p2xw7q");
    expect(text).toContain("k3m9p2xw7q-default-auth-db");
    expect(text).toContain("Release 1.0.0");
  });

  it("shows the last job step by step, in order, with times and errors", async () => {
    const uuid = await createDatabase(client, "bbbbbbbbbb-default-auth-db");
    await client.api("POST", `~/d1/database/${uuid}/query`, { sql: journal });
    const { text } = await read("/");
    const card = text.slice(text.indexOf("<h2>bbbbbbbbbb</h2>"));
    expect(card).toContain("Last job: upgrade 1.2.3");
    expect(card).toContain("2026-01-01 00:00:00 UTC");
    expect(card.indexOf("migrate")).toBeLessThan(card.indexOf("upload Worker"));
    expect(card).toContain("120 ms");
    expect(card).toContain("2.5 s");
    expect(card).toContain("bookmark 00-01");
    expect(card).toContain("code 10021: &lt;b&gt;no&lt;/b&gt;");
    expect(card).not.toContain("a step of an older job");
  });

  it("shows a job whose process is gone as abandoned", async () => {
    const uuid = await createDatabase(client, "ffffffffff-default-auth-db");
    await client.api("POST", `~/d1/database/${uuid}/query`, {
      sql: `CREATE TABLE provisioning (job_id TEXT, release TEXT, command TEXT, started_at INTEGER, ended_at INTEGER, outcome TEXT, error TEXT, lease_expires_at INTEGER);
        CREATE TABLE provisioning_step (job_id TEXT, step TEXT, position INTEGER, state TEXT, started_at INTEGER, ended_at INTEGER, error TEXT, detail TEXT);
        INSERT INTO provisioning VALUES ('a', '1', 'provision', 1, NULL, NULL, NULL, 2), ('b', '1', 'verify', 3, 4, 'done', NULL, 4);
        INSERT INTO provisioning_step VALUES ('a', 'migrate', 1, 'running', 1, NULL, NULL, NULL);`,
    });
    const { text } = await read("/");
    const card = text.slice(text.indexOf("<h2>ffffffffff</h2>"));
    expect(card.slice(0, card.indexOf("</article>"))).toContain(">abandoned<");
  });

  it("lists a platform whose database has no journal, or one of another version", async () => {
    await createDatabase(client, "cccccccccc-default-auth-db");
    const uuid = await createDatabase(client, "dddddddddd-default-auth-db");
    const sql = "CREATE TABLE provisioning_step (job_id, something_else)";
    await client.api("POST", `~/d1/database/${uuid}/query`, { sql });
    const { status, text } = await read("/");
    expect(status).toBe(200);
    expect(text).toContain("<h2>cccccccccc</h2>");
    expect(text).toContain("<h2>dddddddddd</h2>");
  });

  it("forbids everything that the page does not need", async () => {
    const { headers } = await read("/");
    expect(headers["content-security-policy"]).toContain("default-src 'none'");
    expect(headers["content-security-policy"]).toContain("frame-ancestors 'none'");
  });
});

describe("the mailbox page", () => {
  it("shows mail as text with clickable links, and never as HTML", async () => {
    await deploy(client, {
      script: "eeeeeeeeee-default-auth",
      host: "mail.nno.localhost",
      code: `export default { async fetch(request, env) {
        await env.EMAIL.send({ from: "p@x", to: "u@x", subject: "<script>alert(1)</script>", text: "Open http://x.localhost/a?b=1&c=2 now", html: "<img src=x>" });
        return new Response();
      } }`,
      metadata: { bindings: [{ type: "send_email", name: "EMAIL" }] },
    });
    await client.fetch("mail.nno.localhost", "/");
    const { text } = await read("/mailbox");
    expect(text).toContain('<a href="http://x.localhost/a?b=1&amp;c=2" rel="noopener">');
    expect(text).toContain("&lt;script&gt;alert(1)&lt;/script&gt;");
    expect(text).not.toContain("<img");
    expect(text).toContain('href="/mailbox?platform=eeeeeeeeee"');
  });

  it("answers 404 for other paths and 405 for other methods", async () => {
    expect((await read("/nothing")).status).toBe(404);
    expect((await client.fetch("nno.localhost", "/", { method: "POST" })).status).toBe(405);
  });
});
