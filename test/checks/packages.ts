/**
 * `npm run check:packages`: each published package as `npm pack` makes it. What is in it, whether its exports resolve with
 * their types (publint, Are The Types Wrong), and what a page loads of it.
 */
import { execFileSync } from "node:child_process";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

interface Package {
  folder: string;
  /** A project that uses the package as an outsider would. */
  consumer?: string;
  /** Entry of the built package, and how much it may weigh with all of its dependencies but React. */
  weights: { entry: string; limitKibibytes: number }[];
}

const packages: Package[] = [
  {
    folder: "src/sdk",
    consumer: "test/sdk/consumer",
    weights: [
      { entry: "dist/sdk/index.js", limitKibibytes: 24 },
      { entry: "dist/sdk/server.js", limitKibibytes: 24 },
    ],
  },
  {
    folder: "src/ui-auth",
    // What a page with the sign-in form alone loads, the SDK included.
    weights: [{ entry: "dist/sign-in.js", limitKibibytes: 60 }],
  },
];

const expected = /^(dist\/.+\.(js|d\.ts)|styles\.css|README\.md|package\.json)$/;

for (const { folder, consumer, weights } of packages) {
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
  for (const { entry, limitKibibytes } of weights) {
    if (!files.includes(entry)) fail(`${folder} would not publish ${entry}`);
    const kibibytes = await weigh(`${folder}/${entry}`);
    const line = `${folder}/${entry}: ${kibibytes.toFixed(1)} KiB gzip`;
    if (kibibytes > limitKibibytes) fail(`${line}, over ${limitKibibytes}`);
    else console.log(line);
  }
}

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

async function weigh(entry: string): Promise<number> {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    minify: true,
    format: "esm",
    platform: "browser",
    external: ["react", "react/*"],
    write: false,
  });
  const bytes = outputFiles.reduce((sum, { contents }) => sum + gzipSync(contents).byteLength, 0);
  return bytes / 1024;
}

function fail(problem: string): void {
  console.error(problem);
  process.exitCode = 1;
}
