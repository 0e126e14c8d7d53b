import { describe, expect, it } from "vitest";
import { createDatabase, deploy, echoWorker, scriptForm, startClient } from "./harness.ts";
import { judged } from "./openapi.ts";

const client = await startClient();
const { api } = client;
const upload = (script: string, form: FormData, query = "") =>
  api("PUT", `~/workers/scripts/${script}${query}`, form);
const environment = async (host: string) =>
  JSON.parse((await client.fetch(host, "/")).text) as Record<string, string>;

describe(`uploads ${judged}`, () => {
  it("runs an uploaded Worker at the hostname that is attached to it", async () => {
    await deploy(client, {
      script: "hello",
      host: "hello.nno.localhost",
      code: `export default { fetch: (request) => new Response(request.method + " " + request.url) }`,
    });
    const { status, text } = await client.fetch("hello.nno.localhost", "/a?b=c", {
      method: "POST",
    });
    expect([status, text]).toEqual([
      200,
      `POST http://hello.nno.localhost:${client.cloudflare.port}/a?b=c`,
    ]);
  });

  it("gives two platforms' Workers their own variables and databases", async () => {
    const code = `export default { async fetch(request, env) {
      await env.DB.exec("CREATE TABLE IF NOT EXISTS seen (who)");
      await env.DB.prepare("INSERT INTO seen VALUES (?)").bind(env.WHO).run();
      return Response.json((await env.DB.prepare("SELECT who FROM seen").all()).results);
    } }`;
    for (const who of ["one", "two"]) {
      const id = await createDatabase(client, `${who}-db`);
      const bindings = [
        { type: "d1", name: "DB", id },
        { type: "plain_text", name: "WHO", text: who },
      ];
      await deploy(client, {
        script: who,
        host: `${who}.nno.localhost`,
        code,
        metadata: { bindings },
      });
    }
    for (const who of ["one", "two"]) {
      expect(JSON.parse((await client.fetch(`${who}.nno.localhost`, "/")).text)).toEqual([{ who }]);
    }
  });

  it("provides text, JSON and data modules to the code that imports them", async () => {
    const code = `import text from "./a.txt"; import json from "./b.json"; import data from "./c.bin"; import { d } from "./lib/d.js";
      export default { fetch: () => Response.json([text, json.b, data.byteLength, d]) }`;
    const modules = {
      "a.txt": { content: "a", type: "text/plain" },
      "b.json": { content: '{"b":2}', type: "application/json" },
      "c.bin": { content: "ccc", type: "application/octet-stream" },
      "lib/d.js": { content: "export const d = 4;", type: "application/javascript+module" },
    };
    expect((await upload("modules", scriptForm(code, {}, modules))).errors).toEqual([]);
    await api("PUT", "~/workers/domains", {
      hostname: "modules.nno.localhost",
      service: "modules",
    });
    expect((await client.fetch("modules.nno.localhost", "/")).text).toBe('["a",2,3,4]');
  });

  it("refuses code that cannot be loaded with 10021, and keeps running the previous version", async () => {
    await deploy(client, { script: "stays", host: "stays.nno.localhost", code: echoWorker });
    for (const code of [
      "this is not code",
      'throw new Error("at start")',
      'import "./missing.js"',
    ]) {
      const { status, errors } = await upload("stays", scriptForm(code));
      expect([status, errors[0]?.code]).toEqual([400, 10021]);
    }
    expect((await client.fetch("stays.nno.localhost", "/")).status).toBe(200);
    expect((await api("GET", "~/workers/scripts/stays/versions")).result.items).toHaveLength(1);
  });

  it("refuses a script without handlers with 10068", async () => {
    const { errors } = await upload("idle", scriptForm("export default {}"));
    expect(errors[0]?.code).toBe(10068);
  });

  it("refuses a database that does not exist with 10181", async () => {
    const bindings = [{ type: "d1", name: "DB", id: crypto.randomUUID() }];
    const { errors } = await upload("no-database", scriptForm(echoWorker, { bindings }));
    expect(errors[0]?.code).toBe(10181);
    expect((await api("GET", "~/workers/scripts/no-database/settings")).errors[0]?.code).toBe(
      10007,
    );
  });

  it("inherits a secret from an earlier version, even under another name", async () => {
    const secret = { type: "secret_text", name: "SECRET", text: "one" };
    await deploy(client, {
      script: "heir",
      host: "heir.nno.localhost",
      code: echoWorker,
      metadata: { bindings: [secret] },
    });
    const bindings = [
      { type: "inherit", name: "SECRET" },
      { type: "inherit", name: "RENAMED", old_name: "SECRET" },
    ];
    const again = await upload(
      "heir",
      scriptForm(echoWorker, { bindings }),
      "?bindings_inherit=strict",
    );
    expect(again.errors).toEqual([]);
    expect(await environment("heir.nno.localhost")).toEqual({ SECRET: "one", RENAMED: "one" });
  });

  it("silently drops a binding that cannot be inherited, or refuses it with 10057 if strict", async () => {
    const form = () =>
      scriptForm(echoWorker, { bindings: [{ type: "inherit", name: "NEVER_GIVEN" }] });
    const strict = await upload("orphan", form(), "?bindings_inherit=strict");
    expect([strict.status, strict.errors[0]?.code]).toEqual([400, 10057]);
    expect((await upload("orphan", form())).status).toBe(200);
    expect((await api("GET", "~/workers/scripts/orphan/settings")).result.bindings).toEqual([]);
  });

  it("keeps bindings of the types that an upload names, and only those", async () => {
    const bindings = [
      { type: "secret_text", name: "SECRET", text: "s" },
      { type: "plain_text", name: "PLAIN", text: "p" },
    ];
    await deploy(client, {
      script: "keeper",
      host: "keeper.nno.localhost",
      code: echoWorker,
      metadata: { bindings },
    });
    await upload("keeper", scriptForm(echoWorker, { keep_bindings: ["secret_text"] }));
    expect(await environment("keeper.nno.localhost")).toEqual({ SECRET: "s" });
  });

  it("refuses a binding of a type that it does not support, and names it", async () => {
    const bindings = [{ type: "kv_namespace", name: "KV", namespace_id: "1" }];
    const { errors } = await upload("kv", scriptForm(echoWorker, { bindings }));
    expect(errors[0]?.code).toBe(10021);
    expect(errors[0]?.message).toContain("kv_namespace");
  });

  it("keeps tags, and lists the Workers that have one", async () => {
    await upload("tagged", scriptForm(echoWorker, { tags: ["release-7"] }));
    const { result } = await api("GET", "~/workers/scripts?tags=release-7:yes");
    expect(result.map(({ id }: { id: string }) => id)).toEqual(["tagged"]);
    await upload("tagged", scriptForm(echoWorker, { tags: ["release-8"] }));
    expect((await api("GET", "~/workers/scripts/tagged/script-settings")).result.tags).toEqual([
      "release-8",
    ]);
  });

  it("returns the modules that were uploaded", async () => {
    await upload("download", scriptForm(echoWorker));
    const { apiBaseUrl, accountId, apiToken } = client.cloudflare;
    const response = await fetch(`${apiBaseUrl}/accounts/${accountId}/workers/scripts/download`, {
      headers: { Authorization: `Bearer ${apiToken}` },
    });
    const part = (await response.formData()).get("index.js");
    expect(part instanceof File ? await part.text() : part).toBe(echoWorker);
  });

  it("removes a Worker with its hostname, and answers 10007 from then on", async () => {
    await deploy(client, { script: "leaves", host: "leaves.nno.localhost", code: echoWorker });
    expect((await api("DELETE", "~/workers/scripts/leaves")).status).toBe(200);
    expect((await client.fetch("leaves.nno.localhost", "/")).status).toBe(530);
    const again = await api("DELETE", "~/workers/scripts/leaves");
    expect([again.status, again.errors[0]?.code]).toEqual([404, 10007]);
  });

  it("answers 10007 for every route of a Worker that does not exist", async () => {
    const calls: [string, string, unknown?][] = [
      ["GET", "~/workers/scripts/nobody/settings"],
      ["GET", "~/workers/scripts/nobody/secrets"],
      ["PUT", "~/workers/scripts/nobody/secrets", { name: "A", text: "b", type: "secret_text" }],
      ["GET", "~/workers/scripts/nobody/deployments"],
      ["GET", "~/workers/services/nobody"],
      ["PUT", "~/workers/domains", { hostname: "nobody.nno.localhost", service: "nobody" }],
    ];
    for (const [method, path, body] of calls) {
      const { status, errors } = await api(method, path, body);
      expect([path, status, errors[0]?.code]).toEqual([path, 404, 10007]);
    }
  });
});

describe(`versions, settings and secrets ${judged}`, () => {
  it("runs a changed secret from the next request on", async () => {
    await deploy(client, { script: "secrets", host: "secrets.nno.localhost", code: echoWorker });
    const path = "~/workers/scripts/secrets/secrets";
    for (const text of ["first", "second"]) {
      const put = await api("PUT", path, { name: "KEY", text, type: "secret_text" });
      expect(put.result).toEqual({ name: "KEY", type: "secret_text" });
      expect(await environment("secrets.nno.localhost")).toEqual({ KEY: text });
    }
    expect((await api("DELETE", `${path}/KEY`)).status).toBe(200);
    expect(await environment("secrets.nno.localhost")).toEqual({});
    expect((await api("DELETE", `${path}/KEY`)).status).toBe(404);
  });

  it("changes several secrets at once", async () => {
    const bindings = [{ type: "secret_text", name: "OLD", text: "o" }];
    await deploy(client, {
      script: "bulk",
      host: "bulk.nno.localhost",
      code: echoWorker,
      metadata: { bindings },
    });
    const { result } = await api("PATCH", "~/workers/scripts/bulk/secrets-bulk", {
      secrets: { OLD: null, NEW: { name: "NEW", text: "n", type: "secret_text" } },
    });
    expect(result).toEqual({ NEW: { name: "NEW", type: "secret_text" } });
    expect(await environment("bulk.nno.localhost")).toEqual({ NEW: "n" });
  });

  it("never shows a secret's value", async () => {
    const bindings = [{ type: "secret_text", name: "HIDDEN", text: "do-not-show-this" }];
    const form = scriptForm(echoWorker, { bindings });
    const shown = [await upload("hidden", form)];
    for (const path of ["settings", "secrets", "secrets/HIDDEN", "versions", "deployments"]) {
      shown.push(await api("GET", `~/workers/scripts/hidden/${path}`));
    }
    const [version] = shown[4]?.result.items ?? [];
    shown.push(await api("GET", `~/workers/scripts/hidden/versions/${version.id}`));
    expect(JSON.stringify(shown)).not.toContain("do-not-show-this");
    expect(JSON.stringify(shown)).toContain("HIDDEN");
  });

  it("runs a version only once it is deployed, and can go back to an earlier one", async () => {
    const say = (word: string) => `export default { fetch: () => new Response("${word}") }`;
    await deploy(client, { script: "staged", host: "staged.nno.localhost", code: say("one") });
    const ask = async () => (await client.fetch("staged.nno.localhost", "/")).text;
    const first = await api("GET", "~/workers/scripts/staged/deployments");
    const created = await api("POST", "~/workers/scripts/staged/versions", scriptForm(say("two")));
    expect(await ask()).toBe("one");
    const secret = { name: "KEY", text: "x", type: "secret_text" };
    const refused = await api("PUT", "~/workers/scripts/staged/secrets", secret);
    expect(refused.errors[0]?.code).toBe(10215);
    const run = (version_id: string) =>
      api("POST", "~/workers/scripts/staged/deployments", {
        strategy: "percentage",
        versions: [{ version_id, percentage: 100 }],
      });
    await run(created.result.id);
    expect(await ask()).toBe("two");
    await run(first.result.deployments[0].versions[0].version_id);
    expect(await ask()).toBe("one");
  });

  it("changes a binding by its settings", async () => {
    const bindings = [{ type: "plain_text", name: "A", text: "1" }];
    await deploy(client, {
      script: "patched",
      host: "patched.nno.localhost",
      code: echoWorker,
      metadata: { bindings },
    });
    const form = new FormData();
    const settings = {
      bindings: [
        { type: "plain_text", name: "B", text: "2" },
        { type: "inherit", name: "A" },
      ],
    };
    form.append("settings", JSON.stringify(settings));
    expect((await api("PATCH", "~/workers/scripts/patched/settings", form)).status).toBe(200);
    expect(await environment("patched.nno.localhost")).toEqual({ A: "1", B: "2" });
  });

  it("stores schedules and the workers.dev switch", async () => {
    await upload("triggers", scriptForm(echoWorker));
    const path = "~/workers/scripts/triggers";
    await api("PUT", `${path}/schedules`, [{ cron: "17 * * * *" }]);
    expect((await api("GET", `${path}/schedules`)).result.schedules[0].cron).toBe("17 * * * *");
    await api("POST", `${path}/subdomain`, { enabled: false, previews_enabled: false });
    expect((await api("GET", `${path}/subdomain`)).result).toEqual({
      enabled: false,
      previews_enabled: false,
    });
  });
});
