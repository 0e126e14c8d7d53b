/**
 * Before the browser tests, once: both packages and the console as `npm run build` makes them, so that none is stale, and
 * one browser for all files.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";
import type { TestProject } from "vitest/node";
import { checkConsoleBuild } from "../checks/console-build.ts";

interface Chromium {
  executablePath: string;
  /** Where the system libraries are that a bare machine lacks. */
  libraryPath: string | undefined;
}

declare module "vitest" {
  interface ProvidedContext {
    /** Where the browser takes connections. */
    chromium: string;
  }
}

const root = join(import.meta.dirname, "../..");

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  // Vitest's own NODE_ENV would make it a development build, which `npm start` would go on to serve.
  const env = { ...process.env, NODE_ENV: "production" };
  execFileSync("npm", ["run", "build"], { cwd: root, stdio: "pipe", env });
  const { problems } = checkConsoleBuild(join(root, "src/console/dist"));
  if (problems.length > 0) throw new Error(problems.join("; "));
  const { executablePath, libraryPath } = await findChromium();
  const server = await chromium.launchServer({
    executablePath,
    // The defaults of @sparticuz/chromium switch off what is tested here: origins and separate processes.
    args: ["--no-sandbox"],
    headless: true,
    host: "127.0.0.1",
    ...(libraryPath === undefined ? {} : { env: { ...process.env, LD_LIBRARY_PATH: libraryPath } }),
  });
  project.provide("chromium", server.wsEndpoint());
  return async () => server.close();
}

/** CHROMIUM_PATH, else the Chromium that @sparticuz/chromium carries, unpacked below node_modules. */
async function findChromium(): Promise<Chromium> {
  const { CHROMIUM_PATH: given } = process.env;
  if (given !== undefined) return { executablePath: given, libraryPath: undefined };
  const folder = join(root, "node_modules/.cache/chromium");
  mkdirSync(folder, { recursive: true });
  const before = { ...process.env };
  // It unpacks into the temporary folder, where another version may lie; and its libraries only on Amazon's Linux.
  Object.assign(process.env, { TMPDIR: folder, AWS_LAMBDA_JS_RUNTIME: "nodejs22.x" });
  try {
    const { default: packed } = await import("@sparticuz/chromium");
    const executablePath = await packed.executablePath();
    return { executablePath, libraryPath: join(folder, "al2023/lib") };
  } finally {
    // Processes that are started later must not load these libraries.
    for (const name of ["TMPDIR", "AWS_LAMBDA_JS_RUNTIME", "LD_LIBRARY_PATH", "FONTCONFIG_PATH"]) {
      if (before[name] === undefined) delete process.env[name];
      else process.env[name] = before[name];
    }
  }
}
