import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { createDatabase, startClient } from "./harness.ts";
import { judged } from "./openapi.ts";

const client = await startClient();
const { api } = client;
const query = (uuid: string, body: unknown) => api("POST", `~/d1/database/${uuid}/query`, body);

describe(`D1 databases ${judged}`, () => {
  it("creates a database and finds it by id and by name", async () => {
    const uuid = await createDatabase(client, "by-name");
    expect((await api("GET", `~/d1/database/${uuid}`)).result.name).toBe("by-name");
    const { result } = await api("GET", "~/d1/database/by-name?fields=uuid,name");
    expect(result).toEqual({ uuid, name: "by-name" });
  });

  it("refuses a name that is taken with 7502", async () => {
    await createDatabase(client, "taken");
    const { errors } = await api("POST", "~/d1/database", { name: "taken" });
    expect(errors[0]?.code).toBe(7502);
  });

  it("gives a name to only one of several calls that ask for it at once", async () => {
    const calls = Array.from({ length: 5 }, () => api("POST", "~/d1/database", { name: "wanted" }));
    const statuses = (await Promise.all(calls)).map(({ status }) => status).sort((a, b) => a - b);
    expect(statuses).toEqual([200, 409, 409, 409, 409]);
  });

  it("refuses a name with other characters with 7400", async () => {
    const { status, errors } = await api("POST", "~/d1/database", { name: "no spaces" });
    expect([status, errors[0]?.code]).toEqual([400, 7400]);
  });

  it("finds names by a part of them, as Cloudflare does", async () => {
    await createDatabase(client, "aaa-needle");
    await createDatabase(client, "needle");
    const { result } = await api("GET", "~/d1/database?name=needle");
    expect(result.map(({ name }: { name: string }) => name).sort()).toEqual([
      "aaa-needle",
      "needle",
    ]);
  });

  it("lists in pages", async () => {
    for (let index = 0; index < 12; index += 1) await createDatabase(client, `page-${index}`);
    const first = await api("GET", "~/d1/database?name=page-&per_page=10");
    const second = await api("GET", "~/d1/database?name=page-&per_page=10&page=2");
    expect([first.result.length, second.result.length]).toEqual([10, 2]);
    expect(first.result_info).toMatchObject({ count: 10, total_count: 12, page: 1, per_page: 10 });
  });

  it("answers 7404 for a database that does not exist", async () => {
    for (const method of ["GET", "DELETE"]) {
      const { status, errors } = await api(method, `~/d1/database/${crypto.randomUUID()}`);
      expect([status, errors[0]?.code]).toEqual([404, 7404]);
    }
  });

  it("frees the name of a deleted database and starts the next one empty", async () => {
    const uuid = await createDatabase(client, "reused");
    await query(uuid, {
      sql: `CREATE TABLE parent (id INTEGER PRIMARY KEY);
        CREATE TABLE child (parent REFERENCES parent ON DELETE CASCADE);
        CREATE TRIGGER stays BEFORE DELETE ON child BEGIN SELECT RAISE(ABORT, 'stays'); END;
        INSERT INTO parent VALUES (1); INSERT INTO child VALUES (1);`,
    });
    expect((await api("DELETE", `~/d1/database/${uuid}`)).status).toBe(200);
    expect((await query(uuid, { sql: "SELECT 1" })).errors[0]?.code).toBe(7404);
    const next = await createDatabase(client, "reused");
    expect(next).not.toBe(uuid);
    expect((await api("GET", `~/d1/database/${next}`)).result.num_tables).toBe(0);
  });

  it("creates more databases than one pool holds, and keeps the contents of the first", async () => {
    const first = await createDatabase(client, "before-growth");
    await query(first, { sql: "CREATE TABLE kept (value); INSERT INTO kept VALUES (42);" });
    const names = Array.from({ length: 40 }, (_, index) => `growth-${index}`);
    const uuids = await Promise.all(names.map((name) => createDatabase(client, name)));
    expect(new Set(uuids).size).toBe(40);
    const { result } = await query(first, { sql: "SELECT value FROM kept" });
    expect(result[0].results).toEqual([{ value: 42 }]);
  });
});

describe(`D1 queries ${judged}`, () => {
  it("binds parameters, and returns rows with their cost", async () => {
    const uuid = await createDatabase(client, "parameters");
    await query(uuid, { sql: "CREATE TABLE item (name TEXT, size INTEGER)" });
    const insert = await query(uuid, { sql: "INSERT INTO item VALUES (?, ?)", params: ["a", "7"] });
    expect(insert.result[0].meta).toMatchObject({ changes: 1, rows_written: 1 });
    const { result } = await query(uuid, {
      sql: "SELECT * FROM item WHERE name = ?",
      params: ["a"],
    });
    expect(result).toHaveLength(1);
    expect(result[0]).toMatchObject({ success: true, results: [{ name: "a", size: 7 }] });
  });

  it("answers each statement of a text, and treats a trigger with its body as one statement", async () => {
    const uuid = await createDatabase(client, "statements");
    const { result } = await query(uuid, {
      sql: `CREATE TABLE a (v); -- with ; in a comment
        CREATE TABLE log (v);
        CREATE TRIGGER copy AFTER INSERT ON a BEGIN INSERT INTO log VALUES (CASE new.v WHEN 1 THEN 'one;' ELSE 'other' END); SELECT 1; END;
        INSERT INTO a VALUES (1); SELECT v FROM log;`,
    });
    expect(result).toHaveLength(5);
    expect(result[4].results).toEqual([{ v: "one;" }]);
  });

  it("runs a batch as one transaction: if one statement fails, none takes effect", async () => {
    const uuid = await createDatabase(client, "batch");
    await query(uuid, { sql: "CREATE TABLE t (v UNIQUE)" });
    const failed = await query(uuid, {
      batch: [
        { sql: "INSERT INTO t VALUES (?)", params: ["1"] },
        { sql: "INSERT INTO t VALUES (?)", params: ["1"] },
      ],
    });
    expect([failed.status, failed.errors[0]?.code]).toEqual([400, 7500]);
    expect(failed.errors[0]?.message).toContain("UNIQUE constraint failed");
    const { result } = await query(uuid, { sql: "SELECT count(*) AS n FROM t" });
    expect(result[0].results).toEqual([{ n: 0 }]);
  });

  it("refuses parameters for several statements in one text", async () => {
    const uuid = await createDatabase(client, "several");
    const { errors } = await query(uuid, { sql: "SELECT ?; SELECT ?", params: ["1", "2"] });
    expect(errors[0]?.code).toBe(7400);
  });

  it("in raw answers, keeps columns of the same name apart, and names columns even without rows", async () => {
    const uuid = await createDatabase(client, "raw");
    const { result } = await api("POST", `~/d1/database/${uuid}/raw`, {
      batch: [{ sql: "SELECT 1 AS a, 2 AS a, NULL AS b" }, { sql: "SELECT 1 AS none WHERE 0" }],
    });
    expect(result[0].results).toEqual({ columns: ["a", "a", "b"], rows: [[1, 2, null]] });
    expect(result[1].results).toEqual({ columns: ["none"], rows: [] });
  });

  it("returns a bookmark that changes with every write", async () => {
    const uuid = await createDatabase(client, "bookmark");
    const bookmark = async () =>
      (await api("GET", `~/d1/database/${uuid}/time_travel/bookmark`)).result.bookmark as string;
    const before = await bookmark();
    await query(uuid, { sql: "CREATE TABLE t (v)" });
    expect((await bookmark()) > before).toBe(true);
  });

  it("says that it cannot restore", async () => {
    const uuid = await createDatabase(client, "restore");
    const { status, errors } = await api(
      "POST",
      `~/d1/database/${uuid}/time_travel/restore?bookmark=x`,
    );
    expect(status).toBe(405);
    expect(errors[0]?.message).toContain("not supported by the local Cloudflare");
  });

  it("imports an uploaded file completely or not at all", async () => {
    const uuid = await createDatabase(client, "import");
    const path = `~/d1/database/${uuid}/import`;
    const importSql = async (sql: string) => {
      const etag = createHash("md5").update(sql).digest("hex");
      const { result } = await api("POST", path, { action: "init", etag });
      const uploaded = await fetch(result.upload_url, { method: "PUT", body: sql });
      expect(uploaded.headers.get("etag")).toBe(`"${etag}"`);
      const ingest = { action: "ingest", etag, filename: result.filename };
      return (await api("POST", path, ingest)).result;
    };
    const done = await importSql("CREATE TABLE t (v); INSERT INTO t VALUES (1), (2);");
    expect(done).toMatchObject({ success: true, status: "complete", result: { num_queries: 2 } });
    const failed = await importSql("INSERT INTO t VALUES (3); INSERT INTO nowhere VALUES (1);");
    expect(failed).toMatchObject({ success: false, status: "error" });
    const { result } = await query(uuid, { sql: "SELECT count(*) AS n FROM t" });
    expect(result[0].results).toEqual([{ n: 2 }]);
  });

  it("exports what an import can read back", async () => {
    const uuid = await createDatabase(client, "export");
    await query(uuid, {
      sql: "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT); CREATE INDEX t_v ON t (v); INSERT INTO t (v) VALUES ('it''s; here');",
    });
    const { result } = await api("POST", `~/d1/database/${uuid}/export`, {
      output_format: "polling",
    });
    const dump = await (await fetch(result.result.signed_url)).text();
    const copy = await createDatabase(client, "export-copy");
    await query(copy, { sql: dump });
    const rows = await query(copy, { sql: "SELECT * FROM t" });
    expect(rows.result[0].results).toEqual([{ id: 1, v: "it's; here" }]);
  });
});
