/**
 * Which test files start nothing: no server, no browser, no other process. What a file imports tells, so a new test file is
 * in the right lane without being listed anywhere.
 */
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

const root = join(import.meta.dirname, "..");

/** A file that imports one of these, itself or through others, is taken to start something. */
const starters = new Set(["miniflare", "playwright-core", "node:child_process"]);
/** So is one that asks vitest for what a project's global set-up has started. */
const injection = /\binject\b[^;]*from "vitest"/;

const importPattern = /(?:\bfrom|\bimport\(?)\s*"([^"]+)"/g;

/** The files that `pattern`, relative to the project's root, matches and that start nothing. */
export const unitTests = (pattern: string): string[] =>
  globSync(pattern, { cwd: root }).filter((file) => !startsSomething(file));

function startsSomething(file: string, seen = new Set<string>()): boolean {
  if (seen.has(file)) return false;
  seen.add(file);
  const text = readFileSync(join(root, file), "utf8");
  if (injection.test(text)) return true;
  return [...text.matchAll(importPattern)].some(([, name = ""]) => {
    if (!name.startsWith(".")) return starters.has(name);
    const imported = join(dirname(file), name);
    return existsSync(join(root, imported)) && startsSomething(imported, seen);
  });
}
