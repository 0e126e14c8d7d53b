import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { availableParallelism } from "node:os";
import { cloudflareTest, readD1Migrations } from "@cloudflare/vitest-plugin";
import { Response } from "miniflare";
import { defineConfig } from "vitest/config";
import { migrationsPattern } from "./src/template/project-files.ts";
import { unitTests } from "./test/lanes.ts";
import { LongFirst } from "./test/long-first.ts";

const migrations = {
  projectPath: import.meta.dirname,
  migrationsDir: "migrations",
  migrationsPattern,
};

const secret = "test-secret-of-32-characters-or-more";

function fuzz(): Record<string, string> {
  const { FUZZ_RUNS, FUZZ_SEED } = process.env;
  return {
    ...(FUZZ_RUNS === undefined ? {} : { FUZZ_RUNS }),
    ...(FUZZ_SEED === undefined ? {} : { FUZZ_SEED }),
  };
}

/** What the Worker and its tests import of packages. */
function importedPackages(): string[] {
  const sources = globSync(
    "{src/platform,src/{worker,sdk}/**/*,test/*,test/{worker,sdk/server}/**/*}.ts",
    {
      cwd: import.meta.dirname,
    },
  );
  const imports = sources.flatMap((file) => {
    const text = readFileSync(join(import.meta.dirname, file), "utf8");
    return [...text.matchAll(/^(?:import|export|\}).* from "([^".:][^":]*)";$/gm)];
  });
  const packages = new Set(imports.map(([, name = ""]) => name));
  return [...packages].filter((name) => !/^(vitest|react|@neutrino-io)(\/|$)/.test(name));
}

// Compiled code, kept for the processes that tests start by the hundred, and for those that run the tests.
process.env["NODE_COMPILE_CACHE"] ??= join(import.meta.dirname, "node_modules/.cache/compiled");

// By what they are not, so that the tests of a new folder run without being listed here.
const nodeTests = "test/{*,!(worker|own|browser|sdk|ui-auth)/**/*}.test.ts";
const sdkTests = "test/{sdk/{*,!(server)/**/*},ui-auth/**/*}.test.{ts,tsx}";
/** Node tests that start no server, no browser and no process: with the worker's they are `npm run test:fast`. */
const units = [nodeTests, sdkTests].flatMap(unitTests);
/** The components and the SDK as they are now, not as they were built last. */
const sdkSource = {
  alias: { "@neutrino-io/sdk": join(import.meta.dirname, "src/sdk/index.ts") },
};

export default defineConfig({
  test: {
    reporters: ["default", "./test/closing-line.ts"],
    sequence: { sequencer: LongFirst },
    // Most tests wait for servers and browsers for much of their time: with a worker a core, a third of it would stand idle.
    // With two a core, pages are at times slower than browser tests wait.
    maxWorkers: Math.ceil(availableParallelism() * 1.5),
    projects: [
      {
        // Inside workerd, on a real D1, which each test file finds empty.
        plugins: [
          cloudflareTest(async () => ({
            main: "./test/worker/test-worker.ts",
            wrangler: { configPath: "./wrangler.toml" },
            miniflare: {
              bindings: {
                BETTER_AUTH_SECRET: secret,
                MIGRATIONS: await readD1Migrations(migrations),
                // How long the property test runs, and a seed that it printed.
                ...fuzz(),
              },
              // No test depends on what the internet answers.
              outboundService: () => new Response("no internet", { status: 502 }),
            },
          })),
        ],
        test: {
          name: "worker",
          // One workerd after the other would load the Worker anew for each file; the setup file empties the database.
          isolate: false,
          // As one bundle that is kept, as when it is deployed: each test file would load hundreds of modules one by one.
          deps: {
            optimizer: {
              ssr: {
                enabled: true,
                include: importedPackages(),
                rolldownOptions: { platform: "node", external: [/^(node|cloudflare):/] },
              },
            },
          },
          include: ["test/{worker,own,sdk/server}/**/*.test.ts"],
          setupFiles: ["./test/worker/apply-migrations.ts"],
          testTimeout: 30_000,
        },
      },
      {
        // In Node, starting nothing.
        resolve: sdkSource,
        test: { name: "unit", isolate: false, include: units },
      },
      {
        // In Node, against servers that it starts as a user would.
        test: {
          name: "node",
          // Each file starts servers of its own; the Node that starts them may be one for several.
          isolate: false,
          include: [nodeTests],
          exclude: units,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        // In Node, which drives Chromium against the built console.
        test: {
          name: "browser",
          // Playwright, loaded anew by each file, would take a second of its time.
          isolate: false,
          include: ["test/browser/**/*.test.ts"],
          globalSetup: ["./test/browser/build.ts"],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        // A page, as far as React and fetch see one, in front of the server that `npm run dev` runs.
        resolve: sdkSource,
        test: {
          name: "sdk",
          // React, its testing library and the client, loaded anew by each file, would take seconds of its time.
          isolate: false,
          environment: "./test/sdk/page-environment.ts",
          include: [sdkTests],
          exclude: units,
          globalSetup: ["./test/sdk/auth-server.ts"],
          testTimeout: 30_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
