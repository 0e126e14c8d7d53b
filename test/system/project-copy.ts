/** A copy of this project for a test that changes it, with the packages that are installed here. */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { root } from "../documents.ts";

const left = new Set(["node_modules", "dist", "exports", "coverage", ".git", ".nno", ".wrangler"]);

/** @returns its folder, which its caller removes. */
export function copyOfProject(): string {
  const folder = mkdtempSync(join(tmpdir(), "project-"));
  for (const name of readdirSync(root).filter((entry) => !left.has(entry))) {
    const filter = (path: string) => !left.has(basename(path));
    cpSync(join(root, name), join(folder, name), { recursive: true, filter });
  }
  const modules = join(folder, "node_modules");
  mkdirSync(join(modules, ".bin"), { recursive: true });
  for (const name of readdirSync(join(root, "node_modules"))) {
    if (name !== ".bin") symlinkSync(join(root, "node_modules", name), join(modules, name));
  }
  for (const name of readdirSync(join(root, "node_modules/.bin"))) {
    symlinkSync(join(root, "node_modules/.bin", name), join(modules, ".bin", name));
  }
  return folder;
}
