/** `npm start` as a newcomer types it: a platform that is verified, that survives a SIGKILL, and is found again. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { localFetch } from "../../src/cli/local-fetch.ts";
import { freePort } from "../free-port.ts";

const root = join(import.meta.dirname, "../..");
const started: ChildProcess[] = [];
let folder: string;
let port: number;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "start-"));
  port = await freePort();
});
afterAll(() => {
  for (const child of started) child.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

/** Resolves with what it printed as soon as the addresses are there. */
async function start(): Promise<{ child: ChildProcess; output: string }> {
  const args = [
    "src/cli/nno-auth.ts",
    "start",
    "--port",
    String(port),
    "--state",
    join(folder, ".nno"),
  ];
  const child = spawn(process.execPath, args, { cwd: root });
  started.push(child);
  let output = "";
  return new Promise((resolve, reject) => {
    const listen = (chunk: Buffer) => {
      output += chunk.toString();
      if (/\n {2}curl .*\n/.test(output)) resolve({ child, output });
    };
    child.stdout.on("data", listen);
    child.stderr.on("data", listen);
    child.once("exit", () => reject(new Error(`it ended: ${output}`)));
  });
}

async function session(output: string): Promise<string> {
  const [, url = ""] = /\n {2}curl (\S+)\n/.exec(output) ?? [];
  return (await localFetch(url)).text();
}

async function claim(output: string): Promise<number> {
  const [, link = ""] = /First admin +(\S+)/.exec(output) ?? [];
  const { origin, hash } = new URL(link);
  const answer = await localFetch(`${origin}/api/auth/platform/claim`, {
    method: "POST",
    headers: { "Content-Type": "application/json", Origin: origin },
    body: JSON.stringify({
      token: hash.slice("#token=".length),
      account: { name: "Ada", email: "ada@example.com", password: "tortoise velvet 41 orchards" },
    }),
  });
  return answer.status;
}

it("provisions the demo platform, and finds it and its users after a SIGKILL", async () => {
  const first = await start();
  expect(first.output.match(/ done /g)).toHaveLength(6);
  expect(await session(first.output)).toBe('{"session":null}');
  expect(await claim(first.output)).toBe(200);
  first.child.kill("SIGKILL");
  await once(first.child, "exit");

  const second = await start();
  expect(await session(second.output)).toBe('{"session":null}');
  expect(second.output).toContain("there is one already");
  expect(second.output.match(/^\w+ done /gm)).toEqual(["verify done "]);

  second.child.kill("SIGINT");
  const [code] = (await once(second.child, "exit")) as [number | null];
  expect(code).toBe(0);
});
