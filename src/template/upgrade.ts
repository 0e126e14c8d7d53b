/**
 * `npm run upgrade:template -- <folder of the new release>`: brings this project to a new release of the template. What it
 * replaces, and what it never touches, is in project-files.ts.
 *
 * The release's own copy does the work, so that a release can bring what its upgrade needs. A project that is older than this
 * command runs that copy itself: npx node <folder>/src/template/upgrade.ts <folder>
 */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";

/** The release's module has at least this. */
interface UpgradeModule {
  upgradeProject: (options: {
    release: string;
    project: string;
    movesMigrations: boolean;
  }) => string;
}

try {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { "move-migrations": { type: "boolean", default: false } },
  });
  const [folder] = positionals;
  const module = resolve(folder ?? ".", "src/template/upgrade-project.ts");
  if (folder === undefined || !existsSync(module)) {
    throw new Error(
      "which release? npm run upgrade:template -- <folder>, where the folder holds a release of this template",
    );
  }
  const { upgradeProject } = (await import(pathToFileURL(module).href)) as UpgradeModule;
  console.log(
    upgradeProject({
      release: resolve(folder),
      project: resolve("."),
      movesMigrations: values["move-migrations"],
    }),
  );
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
