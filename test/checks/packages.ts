/**
 * `npm run check:packages`: each published package as `npm pack` makes it. What is in it, whether its exports resolve with
 * their types (publint, Are The Types Wrong), and what a page loads of it; and the console's build.
 */
import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { checkConsoleBuild } from "./console-build.ts";

interface Package {
  folder: string;
  /** A project that uses the package as an outsider would. */
  consumer?: string;
  /** What a page imports, and how many bytes that may be with all of its dependencies but React, minified and gzipped. */
  weights: { code: string; limitBytes: number }[];
}

const packages: Package[] = [
  {
    folder: "src/sdk",
    consumer: "test/sdk/consumer",
    weights: [
      { code: 'export * from "@neutrino-io/sdk"', limitBytes: 25_000 },
      { code: 'export * from "@neutrino-io/sdk/server"', limitBytes: 25_000 },
    ],
  },
  {
    folder: "src/ui-auth",
    // What a page with the sign-in form alone loads, the SDK included.
    weights: [{ code: 'export { SignIn } from "@neutrino-io/ui-auth"', limitBytes: 60_000 }],
  },
];

const expected = /^(dist\/.+\.(js|d\.ts)|styles\.css|README\.md|package\.json)$/;

for (const { folder, consumer, weights } of packages) {
  // What an earlier build left would be packed too.
  rmSync(join(folder, "dist"), { recursive: true, force: true });
  run("npm", ["run", "build", "--workspace", folder]);
  // Already built; `prepack` would do it again for each of the three.
  const packed = run("npm", [
    "pack",
    "--dry-run",
    "--json",
    "--ignore-scripts",
    "--workspace",
    folder,
  ]);
  const files = packedFiles(packed);
  for (const file of files) if (!expected.test(file)) fail(`${folder} would publish ${file}`);
  run("publint", [folder, "--strict"]);
  // A stylesheet has no types.
  run("attw", ["--pack", folder, "--profile", "esm-only", "--exclude-entrypoints", "styles.css"]);
  if (consumer !== undefined) run("tsc", ["-p", consumer]);
  for (const { code, limitBytes } of weights) {
    const bytes = await weigh(code, folder);
    const line = `${code}: ${(bytes / 1000).toFixed(1)} KB gzip`;
    if (bytes > limitBytes) fail(`${line}, over ${limitBytes / 1000}`);
    else console.log(line);
  }
}

run("npm", ["run", "build", "--workspace", "src/console"]);
const { entryBytes, problems } = checkConsoleBuild("src/console/dist");
console.log(`the console's entry: ${(entryBytes / 1000).toFixed(1)} KB gzip`);
for (const problem of problems) fail(`the console: ${problem}`);

function run(command: string, commandArguments: string[]): string {
  try {
    return execFileSync(command, commandArguments, {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string };
    console.error(`${stdout ?? ""}${stderr ?? ""}`);
    throw new Error(`${command} ${commandArguments.join(" ")} failed`, { cause: error });
  }
}

/** npm has answered with a list, and with an object by name. */
function packedFiles(json: string): string[] {
  const answer = JSON.parse(json) as Record<string, { files: { path: string }[] }>;
  return Object.values(answer).flatMap(({ files }) => files.map(({ path }) => path));
}

async function weigh(contents: string, resolveDir: string): Promise<number> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir },
    bundle: true,
    minify: true,
    format: "esm",
    platform: "browser",
    external: ["react", "react/*"],
    write: false,
  });
  return outputFiles.reduce((sum, file) => sum + gzipSync(file.contents).byteLength, 0);
}

function fail(problem: string): void {
  console.error(problem);
  process.exitCode = 1;
}
