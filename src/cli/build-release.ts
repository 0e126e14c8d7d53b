/**
 * Builds this project's release: the bundle that `wrangler deploy` would upload, and the migrations. Each state of the sources
 * is built once, and later calls find the result by the hash of the sources.
 */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join, relative } from "node:path";
import { promisify } from "node:util";
import { z } from "zod";
import type { Release } from "../provisioning/release.ts";
import {
  listMigrations,
  migrationsFolder,
  ownMigrationsFolder,
} from "../template/migrations-folder.ts";

const root = join(import.meta.dirname, "../..");
const wrangler = join(root, "node_modules/wrangler/bin/wrangler.js");
const cacheFolder = join(root, "node_modules/.cache/release");
const keptReleases = 8;
/** Everything that a build depends on. The lock file stands for the packages. */
const sources = [
  "src/worker",
  "src/platform.ts",
  "migrations",
  "wrangler.toml",
  "package-lock.json",
];

const cached = z.object({
  tag: z.string(),
  mainModule: z.string(),
  modules: z.array(z.object({ name: z.string(), content: z.string(), contentType: z.string() })),
  compatibilityDate: z.string(),
  compatibilityFlags: z.array(z.string()),
  migrations: z.array(z.object({ name: z.string(), sql: z.string() })),
});

/**
 * @param entry the Worker's main module, if it is not the one that wrangler.toml names.
 * @throws Error with wrangler's own words if the Worker does not build.
 */
export async function buildRelease(entry?: string): Promise<Release> {
  const inputs = await hashSources(entry);
  const file = join(cacheFolder, `${inputs}.json`);
  if (existsSync(file)) {
    const found = cached.safeParse(JSON.parse(await readFile(file, "utf8")));
    if (found.success) return found.data;
  }
  const release = await build(entry);
  await mkdir(cacheFolder, { recursive: true });
  await dropOldest(cacheFolder);
  // Another process may be reading the file, so it appears only when it is complete.
  const unfinished = `${file}.${process.pid}`;
  await writeFile(unfinished, JSON.stringify(release));
  await rename(unfinished, file);
  return release;
}

/** Tests use several entries at once. Older releases come from sources that have changed since. */
async function dropOldest(folder: string): Promise<void> {
  const found = await Promise.all(
    (await readdir(folder)).map(async (name) => {
      const file = join(folder, name);
      // Another process may be deleting it too.
      const { mtimeMs } = (await stat(file).catch(() => undefined)) ?? { mtimeMs: 0 };
      return { file, mtimeMs };
    }),
  );
  found.sort((one, other) => other.mtimeMs - one.mtimeMs);
  for (const { file } of found.slice(keptReleases)) await rm(file, { force: true });
}

async function build(entry: string | undefined): Promise<Release> {
  await mkdir(dirname(cacheFolder), { recursive: true });
  const outdir = await mkdtemp(join(dirname(cacheFolder), "build-"));
  try {
    await bundle(entry, outdir);
    const mainModule = `${basename(entry ?? "index.ts", ".ts")}.js`;
    const expected = new Set([mainModule, `${mainModule}.map`, "README.md"]);
    const more = (await readdir(outdir)).filter((name) => !expected.has(name));
    if (more.length > 0) {
      throw new Error(
        `the Worker imports ${more.join(", ")}: a release is one JavaScript module; deploy such a Worker with wrangler`,
      );
    }
    const content = await readFile(join(outdir, mainModule), "utf8");
    const migrations = await readMigrations();
    const settings = await readSettings();
    const { version } = z
      .object({ version: z.string() })
      .parse(JSON.parse(await readFile(join(root, "package.json"), "utf8")));
    const hash = createHash("sha256")
      .update(JSON.stringify({ content, migrations, settings }))
      .digest("hex");
    return {
      tag: `${version}-${hash.slice(0, 12)}`,
      mainModule,
      modules: [{ name: mainModule, content, contentType: "application/javascript+module" }],
      ...settings,
      migrations,
    };
  } finally {
    await rm(outdir, { recursive: true });
  }
}

async function bundle(entry: string | undefined, outdir: string): Promise<void> {
  const script = entry === undefined ? [] : [entry];
  const command = [wrangler, "deploy", ...script, "--dry-run", "--minify", "--outdir", outdir];
  try {
    await promisify(execFile)(process.execPath, command, {
      cwd: root,
      env: { ...process.env, WRANGLER_SEND_METRICS: "false", CI: "true" },
    });
  } catch (cause) {
    const words = z.object({ stderr: z.string() }).safeParse(cause);
    const reason = words.success ? words.data.stderr.trim().split("\n")[0] : "wrangler failed";
    throw new Error(`the Worker does not build: ${reason}`, { cause });
  }
}

/** The template's, then the owner's, named as wrangler records them: by their path below `migrations/`. */
async function readMigrations(): Promise<Release["migrations"]> {
  const folder = migrationsFolder(root);
  const own = listMigrations(ownMigrationsFolder(root)).map((name) => `own/${name}`);
  return Promise.all(
    [...listMigrations(folder), ...own].map(async (name) => ({
      name,
      sql: await readFile(join(folder, name), "utf8"),
    })),
  );
}

/** Read from wrangler.toml, so that both ways of deploying agree. The values are strings and lists of strings. */
async function readSettings(): Promise<Pick<Release, "compatibilityDate" | "compatibilityFlags">> {
  const text = await readFile(join(root, "wrangler.toml"), "utf8");
  const [, date] = /^compatibility_date\s*=\s*"([^"]+)"/m.exec(text) ?? [];
  const [, flags = ""] = /^compatibility_flags\s*=\s*\[([^\]]*)\]/m.exec(text) ?? [];
  if (date === undefined) throw new Error("wrangler.toml has no compatibility_date");
  return {
    compatibilityDate: date,
    compatibilityFlags: [...flags.matchAll(/"([^"]+)"/g)].map(([, flag = ""]) => flag),
  };
}

async function hashSources(entry: string | undefined): Promise<string> {
  const hash = createHash("sha256");
  for (const source of entry === undefined ? sources : [...sources, entry]) {
    for (const file of await filesOf(join(root, source))) {
      hash
        .update(relative(root, file))
        .update("\0")
        .update(await readFile(file))
        .update("\0");
    }
  }
  hash.update(await readFile(join(root, "package.json")));
  return hash.digest("hex").slice(0, 32);
}

async function filesOf(path: string): Promise<string[]> {
  let entries;
  try {
    entries = await readdir(path, { withFileTypes: true, recursive: true });
  } catch {
    return [path];
  }
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}
