/**
 * Says for each file of a project whether it is the template's or the owner's. This is the definition of "taking a new template release": everything in the template's
 * folders is replaced by the release's, everything that is the owner's stays as it is, and package.json is merged.
 */

/** The owner's. An upgrade never changes, adds or removes anything here, and no release of the template does either. */
export const ownPaths = [
  "wrangler.toml",
  "src/worker/index.ts",
  "src/worker/own",
  "migrations/own",
  "test/own",
] as const;

/**
 * The template's folders. After an upgrade they hold exactly what the release holds, apart from the owner's paths. A file of
 * the release outside these folders is copied over the project's file of the same name.
 */
const templateFolders = [".ci", "docs", "migrations", "src", "test"] as const;

/** Merged key by key: the release's entries win, and entries that only the project has stay. */
export const mergedFile = "package.json";

/** Neither copied nor removed: each project makes these from its other files. */
const generatedNames = new Set([
  ".git",
  ".nno",
  ".wrangler",
  "coverage",
  "dist",
  "exports",
  "node_modules",
  "worker-configuration.d.ts",
]);

/** @param path relative to the project, with `/` between its parts. */
export function isOwn(path: string): boolean {
  return ownPaths.some((own) => path === own || path.startsWith(`${own}/`));
}

export function isGenerated(path: string): boolean {
  const parts = path.split("/");
  const name = parts.at(-1) ?? "";
  return (
    parts.some((part) => generatedNames.has(part)) ||
    name.startsWith(".dev.vars") ||
    name.endsWith(".tsbuildinfo")
  );
}

export function isInTemplateFolder(path: string): boolean {
  return templateFolders.some((folder) => path.startsWith(`${folder}/`));
}

/** For wrangler: the template's migrations, then the owner's. It records each by its path below `migrations/`. */
export const migrationsPattern = "migrations/{*,own/*}.sql";
