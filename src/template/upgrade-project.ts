/**
 * Brings a project to this release of the template. Needs nothing but Node and git: the packages of the release are not
 * installed. The project must be under git with nothing uncommitted, so that whatever the upgrade replaces can be looked at
 * and brought back.
 */
import { execFileSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import {
  addToJournal,
  listMigrations,
  migrationsFolder,
  ownMigrationsFolder,
  readJournal,
  snapshotFile,
} from "./migrations-folder.ts";
import {
  isGenerated,
  isInTemplateFolder,
  isOwn,
  mergedFile,
  migrationsPattern,
  ownPaths,
} from "./project-files.ts";

interface UpgradeOptions {
  /** The folder of the new release. */
  release: string;
  /** The folder of the owner's project. */
  project: string;
  /** Whether migrations that only the project has are the owner's, from before they had a folder of their own. */
  movesMigrations: boolean;
}

/** @returns what was done and what is left to do, as text. @throws Error, before anything is changed. */
export function upgradeProject({ release, project, movesMigrations }: UpgradeOptions): string {
  checkProject(release, project);
  const released = new Set(listMigrations(migrationsFolder(release)));
  const unknown = listMigrations(migrationsFolder(project)).filter((name) => !released.has(name));
  if (unknown.length > 0 && !movesMigrations) {
    throw new Error(
      `migrations/ has files that this release does not have: ${unknown.join(", ")}. If they are yours, add --move-migrations, and they move to migrations/own/. If they are the template's, this release is older than the project.`,
    );
  }
  for (const name of unknown) moveToOwn(project, name);

  const files = listFiles(release).filter((path) => !isGenerated(path));
  const removed = listFiles(project).filter(
    (path) =>
      isInTemplateFolder(path) && !isOwn(path) && !isGenerated(path) && !files.includes(path),
  );
  for (const path of removed) rmSync(join(project, path));
  // A project that is older than one of the owner's places gets it as the release has it.
  const missing = ownPaths.filter((path) => !existsSync(join(project, path)));
  for (const path of files) {
    const isKept =
      isOwn(path) && !missing.some((own) => path === own || path.startsWith(`${own}/`));
    if (isKept || path === mergedFile) continue;
    copy(release, project, path);
  }
  mergePackages(release, project);
  return describe(project, unknown, removed);
}

function checkProject(release: string, project: string): void {
  if (relative(release, project) === "") {
    throw new Error("the release and the project are the same folder");
  }
  if (!existsSync(migrationsFolder(project)) || !existsSync(join(project, mergedFile))) {
    throw new Error(`${project} is not a project of this template`);
  }
  if (readGitStatus(project) !== "") {
    throw new Error(
      "the project has changes that are not committed: commit them first, so that the upgrade can be looked at and undone",
    );
  }
}

function readGitStatus(project: string): string {
  try {
    return execFileSync("git", ["status", "--porcelain", "."], { cwd: project, encoding: "utf8" });
  } catch (cause) {
    throw new Error(
      "the project is not under git: put it there first, so that the upgrade can be looked at and undone",
      { cause },
    );
  }
}

/** Keeps its file name: by that, provisioning knows that a database already has it. */
function moveToOwn(project: string, name: string): void {
  const from = migrationsFolder(project);
  const to = ownMigrationsFolder(project);
  const tag = name.slice(0, -".sql".length);
  const entry = readJournal(from).entries.find((one) => one.tag === tag);
  mkdirSync(to, { recursive: true });
  if (entry !== undefined) {
    addToJournal(to, tag, readFileSync(snapshotFile(from, entry), "utf8"));
  }
  renameSync(join(from, name), join(to, name));
}

/** Every file below `folder`, relative to it, with `/` between the parts. */
function listFiles(folder: string): string[] {
  const walk = (path: string): string[] =>
    readdirSync(join(folder, path), { withFileTypes: true }).flatMap((entry) => {
      const child = path === "" ? entry.name : `${path}/${entry.name}`;
      if (isGenerated(child)) return [];
      return entry.isDirectory() ? walk(child) : [child];
    });
  return walk("").map((path) => path.replaceAll(sep, "/"));
}

function copy(release: string, project: string, path: string): void {
  mkdirSync(dirname(join(project, path)), { recursive: true });
  cpSync(join(release, path), join(project, path));
}

/** The release's package.json, with the entries that only the project has: its name, its packages, its scripts. */
function mergePackages(release: string, project: string): void {
  const read = (folder: string) =>
    JSON.parse(readFileSync(join(folder, mergedFile), "utf8")) as Record<string, unknown>;
  const [theirs, ours] = [read(release), read(project)];
  const merged = mergeKeys(theirs, ours);
  writeFileSync(
    join(project, mergedFile),
    `${JSON.stringify({ ...merged, name: ours["name"] }, undefined, 2)}\n`,
  );
}

function mergeKeys(
  theirs: Record<string, unknown>,
  ours: Record<string, unknown>,
): Record<string, unknown> {
  const merged = { ...ours, ...theirs };
  for (const [key, value] of Object.entries(theirs)) {
    const other = ours[key];
    if (isObject(value) && isObject(other)) merged[key] = mergeKeys(value, other);
  }
  return merged;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function describe(project: string, moved: string[], removed: string[]): string {
  const list = (title: string, entries: readonly string[]) =>
    entries.length === 0 ? "" : `${title}\n${entries.map((entry) => `  ${entry}\n`).join("")}\n`;
  const toDo = [
    ...(moved.length === 0
      ? []
      : [
          "move your tables from the old src/worker/db/schema.ts (git show HEAD:src/worker/db/schema.ts) to src/worker/own/schema.ts",
        ]),
    ...(readFileSync(join(project, "wrangler.toml"), "utf8").includes("migrations_pattern")
      ? []
      : [
          `add to wrangler.toml, below migrations_dir: migrations_pattern = "${migrationsPattern}"`,
        ]),
    "npm install",
    "npm run generate:bindings",
    "npm run check && npm test",
    "git diff, and git commit",
    "npx nno-auth upgrade",
  ];
  return [
    list("Moved to migrations/own, because they are yours:", moved),
    list("Removed, because the release does not have them:", removed),
    list("Left as they were, because they are yours:", ownPaths),
    `What is left to do:\n${toDo.map((step, index) => `  ${index + 1}. ${step}`).join("\n")}`,
  ].join("");
}
