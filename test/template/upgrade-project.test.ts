/** Taking a new release of the template: what is replaced, what stays, and when nothing happens at all. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { ownPaths } from "../../src/template/project-files.ts";
import { upgradeProject } from "../../src/template/upgrade-project.ts";

const folder = mkdtempSync(join(tmpdir(), "upgrade-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let made = 0;
function makeFolder(files: Record<string, string>): string {
  made += 1;
  const root = join(folder, String(made));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

function git(project: string, ...args: string[]): void {
  const identity = ["-c", "user.name=Owner", "-c", "user.email=owner@example.com"];
  execFileSync("git", [...identity, ...args], { cwd: project, stdio: "ignore" });
}

function makeProject(files: Record<string, string>): string {
  const project = makeFolder(files);
  git(project, "init");
  git(project, "add", "-A");
  git(project, "commit", "-m", "first");
  return project;
}

const journal = (...tags: string[]) =>
  JSON.stringify({
    version: "7",
    dialect: "sqlite",
    entries: tags.map((tag) => ({
      idx: Number(tag.slice(0, 4)),
      version: "6",
      when: 1,
      tag,
      breakpoints: true,
    })),
  });

const release = makeFolder({
  "package.json": JSON.stringify({
    name: "nno-auth",
    version: "0.2.0",
    scripts: { test: "vitest run" },
    dependencies: { hono: "2.0.0" },
  }),
  "package-lock.json": "the release's",
  "wrangler.toml": "the release's",
  "migrations/0000_tables.sql": "CREATE TABLE a (b);",
  "migrations/0001_billing.sql": "CREATE TABLE billing (b);",
  "migrations/meta/_journal.json": journal("0000_tables", "0001_billing"),
  "migrations/own/meta/_journal.json": journal(),
  "src/worker/app.ts": "the release's",
  "src/worker/index.ts": "the release's",
  "src/worker/new.ts": "the release's",
  "src/worker/own/schema.ts": "the release's",
});

const projectFiles = {
  "package.json": JSON.stringify({
    name: "acme-auth",
    version: "0.1.0",
    scripts: { test: "old", deploy: "mine" },
    dependencies: { hono: "1.0.0", "a-plugin": "1.0.0" },
  }),
  "wrangler.toml": 'mine\nmigrations_pattern = "..."',
  "notes.txt": "mine",
  "migrations/0000_tables.sql": "CREATE TABLE a (b);",
  "migrations/meta/_journal.json": journal("0000_tables"),
  "migrations/own/0000_note.sql": "mine",
  "migrations/own/meta/_journal.json": journal("0000_note"),
  "src/worker/app.ts": "old",
  "src/worker/dropped.ts": "old",
  "src/worker/index.ts": "mine",
  "src/worker/own/schema.ts": "mine",
  "src/worker/own/plugin.ts": "mine",
};

const read = (project: string, path: string) => readFileSync(join(project, path), "utf8");
const upgrade = (project: string, movesMigrations = false) =>
  upgradeProject({ release, project, movesMigrations });

it("replaces what is the template's and leaves what is the owner's", () => {
  const project = makeProject(projectFiles);
  const report = upgrade(project);
  for (const path of ["src/worker/app.ts", "src/worker/new.ts", "package-lock.json"]) {
    expect([path, read(project, path)]).toEqual([path, "the release's"]);
  }
  expect(read(project, "migrations/0001_billing.sql")).toContain("billing");
  for (const [path, text] of Object.entries(projectFiles)) {
    const isMine = text.startsWith("mine") || path.startsWith("migrations/own");
    if (isMine) expect([path, read(project, path)]).toEqual([path, text]);
  }
  expect(existsSync(join(project, "src/worker/dropped.ts"))).toBe(false);
  expect(report).toContain("src/worker/dropped.ts");
});

it("merges package.json: the release's versions, and what only the project has", () => {
  const project = makeProject(projectFiles);
  upgrade(project);
  expect(JSON.parse(read(project, "package.json"))).toEqual({
    name: "acme-auth",
    version: "0.2.0",
    scripts: { test: "vitest run", deploy: "mine" },
    dependencies: { hono: "2.0.0", "a-plugin": "1.0.0" },
  });
});

it("has nothing to do after it was done", () => {
  const project = makeProject(projectFiles);
  upgrade(project);
  git(project, "add", "-A");
  git(project, "commit", "-m", "upgrade");
  upgrade(project);
  expect(execFileSync("git", ["status", "--porcelain"], { cwd: project }).toString()).toBe("");
});

it("touches nothing while the project has changes that are not committed", () => {
  const project = makeProject(projectFiles);
  writeFileSync(join(project, "src/worker/app.ts"), "changed");
  expect(() => upgrade(project)).toThrow("not committed");
  expect(read(project, "src/worker/app.ts")).toBe("changed");
});

it("touches nothing outside git", () => {
  const project = makeFolder(projectFiles);
  expect(() => upgrade(project)).toThrow("not under git");
  expect(read(project, "src/worker/app.ts")).toBe("old");
});

it("touches nothing of a folder that is no project of the template", () => {
  const project = makeProject({ "package.json": "{}" });
  expect(() => upgrade(project)).toThrow("is not a project of this template");
});

/** A project from before the owner had places of their own: the plugin's migration stands among the template's. */
const oldProjectFiles = {
  "package.json": projectFiles["package.json"],
  "wrangler.toml": "mine",
  "migrations/0000_tables.sql": "CREATE TABLE a (b);",
  "migrations/0001_passkey.sql": "CREATE TABLE passkey (b);",
  "migrations/meta/_journal.json": journal("0000_tables", "0001_passkey"),
  "migrations/meta/0001_snapshot.json": '{"tables":{}}',
  "src/worker/index.ts": "mine",
};

it("asks whose a migration is that the release does not have", () => {
  const project = makeProject(oldProjectFiles);
  expect(() => upgrade(project)).toThrow(
    "migrations/ has files that this release does not have: 0001_passkey.sql",
  );
  expect(existsSync(join(project, "migrations/0001_billing.sql"))).toBe(false);
});

it("moves a migration of the owner to their folder, with its name, journal and snapshot", () => {
  const project = makeProject(oldProjectFiles);
  const report = upgrade(project, true);
  expect(read(project, "migrations/own/0001_passkey.sql")).toContain("passkey");
  expect(existsSync(join(project, "migrations/0001_passkey.sql"))).toBe(false);
  expect(JSON.parse(read(project, "migrations/own/meta/_journal.json"))).toMatchObject({
    entries: [{ idx: 1, tag: "0001_passkey" }],
  });
  expect(read(project, "migrations/own/meta/0001_snapshot.json")).toContain('"tables"');
  expect(JSON.parse(read(project, "migrations/meta/_journal.json"))).toMatchObject({
    entries: [{ tag: "0000_tables" }, { tag: "0001_billing" }],
  });
  expect(read(project, "src/worker/own/schema.ts")).toBe("the release's");
  expect(read(project, "src/worker/index.ts")).toBe("mine");
  expect(report).toContain("src/worker/own/schema.ts");
  expect(report).toContain('migrations_pattern = "migrations/{*,own/*}.sql"');
});

it("names places of the owner that the template has", () => {
  const root = join(import.meta.dirname, "../..");
  expect(ownPaths.filter((path) => !existsSync(join(root, path)))).toEqual([]);
});
