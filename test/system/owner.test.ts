/**
 * An owner adds a plugin with a table and a column, has data, and takes a new release of the template that has a migration of
 * its own. Everything runs as the owner would type it, in a project of their own.
 */
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { localFetch } from "../../src/cli/local-fetch.ts";
import { startLocalCloudflare, type LocalCloudflare } from "../../src/local/cloudflare.ts";
import { platform } from "../../src/platform.ts";
import { createCloudflare } from "../../src/provisioning/cloudflare/client.ts";
import { unlimited } from "../../src/provisioning/cloudflare/rate-budget.ts";
import { root } from "../documents.ts";
import { startDevelopmentServer } from "./development-server.ts";
import { copyOfProject } from "./project-copy.ts";

const rootDomain = "nno.localhost";
const platformId = "owner00001";
const origin = () => platform(platformId, { rootDomain, port: local.port }).authUrl;

let folder: string;
let project: string;
let release: string;
let local: LocalCloudflare;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "owner-"));
  project = copyOfProject();
  release = copyOfProject();
  local = await startLocalCloudflare({ stateFolder: join(folder, ".nno"), rootDomain });
});
afterAll(async () => {
  await local.stop();
  for (const made of [folder, project, release]) rmSync(made, { recursive: true, force: true });
});

async function run(cwd: string, command: string, ...args: string[]): Promise<string> {
  const { apiBaseUrl, accountId, apiToken } = local;
  const { stdout } = await promisify(execFile)(command, args, {
    cwd,
    env: {
      ...process.env,
      CLOUDFLARE_API_BASE_URL: apiBaseUrl,
      CLOUDFLARE_ACCOUNT_ID: accountId,
      CLOUDFLARE_API_TOKEN: apiToken,
    },
  });
  return stdout;
}

const nnoAuth = async (...args: string[]) => run(project, "npm", "run", "provision", "--", ...args);

async function commit(message: string): Promise<void> {
  const identity = ["-c", "user.name=Owner", "-c", "user.email=owner@example.com"];
  await run(project, "git", "add", "-A");
  await run(project, "git", ...identity, "commit", "-m", message);
}

function write(cwd: string, path: string, text: string): void {
  writeFileSync(join(cwd, path), text);
}

const ownFiles = {
  "src/worker/own/columns.ts": `
import { text } from "drizzle-orm/sqlite-core";

export const ownColumns = {
  user: { nickname: text("nickname").unique("user_nickname_unique") },
  session: {},
  account: {},
  verification: {},
  organization: {},
  member: {},
  invitation: {},
};
`,
  "src/worker/own/schema.ts": `
import { relations } from "drizzle-orm";
import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { user } from "../db/schema.ts";

export const note = sqliteTable(
  "note",
  {
    id: text("id").primaryKey(),
    userId: text("user_id").notNull().references(() => user.id, { onDelete: "cascade" }),
    text: text("text").notNull(),
    createdAt: integer("created_at", { mode: "timestamp_ms" }).notNull(),
  },
  (table) => [index("note_user").on(table.userId)],
);
export const noteRelations = relations(note, ({ one }) => ({
  user: one(user, { fields: [note.userId], references: [user.id] }),
}));
export const userNoteRelations = relations(user, ({ many }) => ({ notes: many(note) }));
`,
  "src/worker/own/notes.ts": `
import type { BetterAuthPlugin } from "better-auth";
import { createAuthEndpoint, sessionMiddleware } from "better-auth/api";
import { z } from "zod";

export const notes = {
  id: "notes",
  schema: {
    user: { fields: { nickname: { type: "string", required: false, unique: true } } },
    note: {
      fields: {
        userId: { type: "string", required: true, references: { model: "user", field: "id" } },
        text: { type: "string", required: true },
        createdAt: { type: "date", required: true },
      },
    },
  },
  endpoints: {
    addNote: createAuthEndpoint(
      "/notes/add",
      { method: "POST", body: z.object({ text: z.string() }), use: [sessionMiddleware] },
      async ({ body, context, json }) => {
        const data = { userId: context.session.user.id, text: body.text, createdAt: new Date() };
        return json(await context.adapter.create({ model: "note", data }));
      },
    ),
    listNotes: createAuthEndpoint(
      "/notes/list",
      { method: "GET", use: [sessionMiddleware] },
      async ({ context, json }) =>
        json(await context.adapter.findMany({ model: "note", join: { user: true } })),
    ),
  },
} satisfies BetterAuthPlugin;
`,
  "src/worker/index.ts": `
import { createAuthApp } from "./app.ts";
import { notes } from "./own/notes.ts";

export default createAuthApp({ plugins: [notes] });
`,
};

async function call(path: string, body?: unknown, cookie = ""): Promise<Response> {
  return localFetch(origin() + path, {
    method: body === undefined ? "GET" : "POST",
    headers: { "Content-Type": "application/json", Origin: origin(), Cookie: cookie },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

/** The first admin's session. */
async function claim(link: string): Promise<string> {
  const credentials = { email: "ada@example.com", password: "tortoise velvet 41 orchards" };
  const account = { name: "Ada", ...credentials };
  const token = new URL(link).hash.slice("#token=".length);
  expect((await call("/api/auth/platform/claim", { token, account })).status).toBe(200);
  const signedIn = await call("/api/auth/sign-in/email", credentials);
  return signedIn.headers
    .getSetCookie()
    .map((cookie) => cookie.split(";")[0])
    .join("; ");
}

async function migrationsOf(): Promise<unknown[]> {
  const cloudflare = createCloudflare({ ...local, budget: unlimited });
  const database = await cloudflare.findDatabase(platform(platformId).databaseName);
  const [rows = []] = await cloudflare.query(
    database?.id ?? "",
    "SELECT name FROM d1_migrations ORDER BY id",
    { repeatable: true },
  );
  return rows.map(({ name }) => name);
}

/** The file in which the development server keeps its database. */
function developmentDatabase(state: string): DatabaseSync {
  const databases = join(state, "v3/d1/miniflare-D1DatabaseObject");
  const [name = ""] = readdirSync(databases).filter(
    (file) => file.endsWith(".sqlite") && file !== "metadata.sqlite",
  );
  return new DatabaseSync(join(databases, name), { enableForeignKeyConstraints: false });
}

it("keeps the owner's plugin, tables and data through a new release of the template", async () => {
  const templateMigrations = readdirSync(join(root, "migrations")).filter((name) =>
    name.endsWith(".sql"),
  );

  // The owner's plugin, and the migration of its table and column.
  for (const [path, text] of Object.entries(ownFiles)) write(project, path, text);
  await run(project, "git", "init");
  await run(project, "npm", "run", "generate:own-migration", "--", "--name=notes");
  const ownMigration = "migrations/own/0000_notes.sql";
  expect(readFileSync(join(project, ownMigration), "utf8")).toMatch(
    /CREATE TABLE `note`[^]*ALTER TABLE `user` ADD `nickname`/,
  );
  await run(project, "npm", "run", "check:migrations");
  await commit("notes");

  // Data, on the platform and in the development database.
  const made = await nnoAuth("provision", platformId);
  const [, link = ""] = /First admin +(\S+)/.exec(made) ?? [];
  const cookie = await claim(link);
  expect((await call("/api/auth/notes/add", { text: "kept" }, cookie)).status).toBe(200);
  const state = join(folder, "development");
  await (await startDevelopmentServer(["--no-console"], { root: project, state })).stop();
  developmentDatabase(state).exec("INSERT INTO note VALUES ('1', 'somebody', 'kept', 0)");

  // The new release has a table and a migration of its own.
  const schema = join(release, "src/worker/db/schema.ts");
  const billing = 'export const billing = sqliteTable("billing", { id: text("id").primaryKey() });';
  writeFileSync(schema, `${readFileSync(schema, "utf8")}\n${billing}\n`);
  await run(release, "npm", "run", "generate:migration", "--", "--name=billing");
  const [newMigration = ""] = readdirSync(join(release, "migrations")).filter((name) =>
    name.endsWith("_billing.sql"),
  );
  const before = new Map(
    [...Object.keys(ownFiles), ownMigration, "wrangler.toml"].map((path) => [
      path,
      readFileSync(join(project, path), "utf8"),
    ]),
  );
  await run(project, "npm", "run", "upgrade:template", "--", release);
  for (const [path, text] of before) {
    expect([path, readFileSync(join(project, path), "utf8")]).toEqual([path, text]);
  }
  await run(project, "npm", "run", "check:migrations");
  expect(await run(project, "npm", "run", "generate:own-migration")).toContain("already make");
  await commit("the new release");

  // The platform has both, and its data.
  expect(await nnoAuth("upgrade")).toContain("1 upgraded to");
  expect(await migrationsOf()).toEqual([...templateMigrations, "own/0000_notes.sql", newMigration]);
  const listed = await call("/api/auth/notes/list", undefined, cookie);
  expect(await listed.json()).toMatchObject([{ text: "kept", user: { email: "ada@example.com" } }]);
  const health = await call("/healthz");
  expect(await health.json()).toMatchObject({ status: "ok" });

  // So has the development database.
  const server = await startDevelopmentServer(["--no-console"], { root: project, state });
  const developed: unknown = await (await fetch(`${server.origin}/healthz`)).json();
  await server.stop();
  expect(developed).toMatchObject({ status: "ok" });
  const database = developmentDatabase(state);
  expect(database.prepare("SELECT text FROM note").all()).toEqual([{ text: "kept" }]);
  expect(database.prepare("SELECT count(*) AS count FROM billing").all()).toEqual([{ count: 0 }]);
}, 300_000);
