/** The real, unmodified wrangler against the local Cloudflare. What it accepts here, it accepts from Cloudflare. */
import { spawn } from "node:child_process";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { startClient, temporaryFolder } from "./harness.ts";

const root = join(import.meta.dirname, "../..");
const client = await startClient();
const { cloudflare } = client;
const folder = temporaryFolder();
const worker = "k3m9p2xw7q-default-auth";
const host = "auth.svc.default.k3m9p2xw7q.nno.localhost";

/** The project's own configuration, in the local zone. */
function writeConfig(): void {
  const config = readFileSync(join(root, "wrangler.toml"), "utf8")
    .replace('main = "src/worker/index.ts"', `main = "${join(root, "src/worker/index.ts")}"`)
    .replaceAll("nno.app", "nno.localhost")
    // A local address has a port, which the platform contract cannot know.
    .replace("[vars]", `[vars]\nAUTH_URL = "http://${host}:${cloudflare.port}"`);
  writeFileSync(join(folder, "wrangler.toml"), config);
}

async function wrangler(args: string[], input = ""): Promise<string> {
  const child = spawn(
    process.execPath,
    [join(root, "node_modules/wrangler/bin/wrangler.js"), ...args],
    {
      cwd: folder,
      env: {
        ...process.env,
        CLOUDFLARE_API_BASE_URL: cloudflare.apiBaseUrl,
        CLOUDFLARE_API_TOKEN: cloudflare.apiToken,
        CLOUDFLARE_ACCOUNT_ID: cloudflare.accountId,
        WRANGLER_SEND_METRICS: "false",
        CI: "true",
        NO_COLOR: "1",
      },
    },
  );
  child.stdin.end(input);
  const output: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => output.push(chunk.toString()));
  }
  const code = await new Promise<number | null>((resolve) => {
    child.on("close", resolve);
  });
  if (code !== 0) throw new Error(`wrangler ${args.join(" ")}: ${code}\n${output.join("")}`);
  return output.join("");
}

const json = async (args: string[]): Promise<unknown> => JSON.parse(await wrangler(args));

describe("wrangler", () => {
  it("d1 create makes a database", async () => {
    cpSync(join(root, "migrations"), join(folder, "migrations"), { recursive: true });
    await wrangler(["d1", "create", `${worker}-db`]);
    writeConfig();
    expect(await json(["d1", "list", "--json"])).toMatchObject([{ name: `${worker}-db` }]);
  });

  it("d1 create says so when the name is taken", async () => {
    await expect(wrangler(["d1", "create", `${worker}-db`])).rejects.toThrow(
      "A database with that name already exists",
    );
  });

  it("d1 migrations apply --remote applies all, and list shows none left", async () => {
    const apply = await wrangler(["d1", "migrations", "apply", "DB", "--remote"]);
    expect(apply).toContain("0000_tables.sql");
    const list = await wrangler(["d1", "migrations", "list", "DB", "--remote"]);
    expect(list).toContain("No migrations to apply");
  });

  it("d1 execute --remote runs a command", async () => {
    const command = "SELECT count(*) AS applied FROM d1_migrations; SELECT 2 AS two";
    const results = await json(["d1", "execute", "DB", "--remote", "--json", "--command", command]);
    expect(results).toMatchObject([
      { success: true, results: [{ applied: expect.any(Number) }] },
      { results: [{ two: 2 }] },
    ]);
  });

  it("d1 execute --remote imports a file, and d1 export gives it back", async () => {
    writeFileSync(
      join(folder, "file.sql"),
      "CREATE TABLE extra (v); INSERT INTO extra VALUES ('x');",
    );
    await wrangler(["d1", "execute", "DB", "--remote", "--yes", "--file", "file.sql"]);
    await wrangler(["d1", "export", "DB", "--remote", "--table", "extra", "--output", "out.sql"]);
    expect(readFileSync(join(folder, "out.sql"), "utf8")).toContain(
      `INSERT INTO "extra" ("v") VALUES('x');`,
    );
    await wrangler(["d1", "execute", "DB", "--remote", "--command", "DROP TABLE extra"]);
  });

  it("deploy uploads this project's Worker and attaches its hostname", async () => {
    const output = await wrangler(["deploy"]);
    expect(output).toContain(`${host} (custom domain)`);
    // Without its secret it answers nothing else.
    expect((await client.fetch(host, "/api/auth/session")).status).toBe(503);
  });

  it("secret put takes effect with the next request", async () => {
    await wrangler(
      ["secret", "put", "BETTER_AUTH_SECRET"],
      "a-secret-of-at-least-32-characters-here",
    );
    const { status, text } = await client.fetch(host, "/api/auth/session");
    expect([status, text]).toEqual([200, '{"session":null}']);
    expect((await client.fetch(host, "/healthz")).status).toBe(200);
  });

  it("deploys a Worker whose mail goes to the mailbox", async () => {
    const { status } = await client.fetch(host, "/api/auth/sign-up/email", {
      method: "POST",
      headers: {
        "Content-Type": "application/json",
        Origin: `http://console.app.default.k3m9p2xw7q.nno.localhost:${cloudflare.port}`,
      },
      body: JSON.stringify({
        name: "Ada",
        email: "ada@example.com",
        password: "tortoise velvet 41 orchards",
      }),
    });
    expect(status).toBe(200);
    const mailbox = async () => (await client.fetch("nno.localhost", "/mailbox.json")).text;
    await expect.poll(mailbox, { timeout: 10_000 }).toContain("ada@example.com");
  });

  it("secret bulk sets several and deletes one", async () => {
    const given = { GITHUB_CLIENT_ID: "id", GITHUB_CLIENT_SECRET: "secret", EXTRA: "x" };
    await wrangler(["secret", "bulk"], JSON.stringify(given));
    await wrangler(["secret", "bulk"], JSON.stringify({ EXTRA: null }));
    const { text } = await client.fetch(host, "/healthz");
    expect(JSON.parse(text)).toMatchObject({ socialProviders: { github: "on" } });
  });

  it("secret list names them without values", async () => {
    expect(await json(["secret", "list"])).toEqual([
      { name: "BETTER_AUTH_SECRET", type: "secret_text" },
      { name: "GITHUB_CLIENT_ID", type: "secret_text" },
      { name: "GITHUB_CLIENT_SECRET", type: "secret_text" },
    ]);
  });

  it("deploy again keeps the secrets", async () => {
    await wrangler(["deploy"]);
    expect((await client.fetch(host, "/api/auth/session")).status).toBe(200);
  });

  it("d1 time-travel info names a bookmark", async () => {
    const info = await json(["d1", "time-travel", "info", "DB", "--json"]);
    expect(info).toMatchObject({ bookmark: expect.any(String) });
  });

  it("delete removes the Worker and its hostname", async () => {
    await wrangler(["delete", "--force"]);
    expect((await client.fetch(host, "/")).status).toBe(530);
  });
});
