import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { chmodSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { startLocalCloudflare, type LocalCloudflare } from "../../src/local/cloudflare.ts";
import { freePort } from "../free-port.ts";
import { createClient, createDatabase, deploy, temporaryFolder } from "./harness.ts";

const serve = join(import.meta.dirname, "../../src/local/serve.ts");

const counter = `export default { async fetch(request, env) {
  await env.DB.exec("CREATE TABLE IF NOT EXISTS visit (id INTEGER PRIMARY KEY)");
  await env.DB.exec("INSERT INTO visit DEFAULT VALUES");
  const { n } = await env.DB.prepare("SELECT count(*) AS n FROM visit").first();
  return Response.json({ n, secret: env.SECRET });
} }`;

async function deployCounter(cloudflare: LocalCloudflare): Promise<void> {
  const client = createClient(cloudflare);
  const id = await createDatabase(client, "counter-db");
  const bindings = [
    { type: "d1", name: "DB", id },
    { type: "secret_text", name: "SECRET", text: "kept" },
  ];
  await deploy(client, {
    script: "counter",
    host: "counter.nno.localhost",
    code: counter,
    metadata: { bindings },
  });
}

const visit = async (cloudflare: LocalCloudflare) =>
  JSON.parse((await createClient(cloudflare).fetch("counter.nno.localhost", "/")).text) as unknown;

/** Runs a server in a process of its own, so that it can be killed. */
async function startProcess(
  folder: string,
  { detached = false } = {},
): Promise<{ child: ChildProcess; cloudflare: LocalCloudflare }> {
  const child = spawn(process.execPath, [serve, "--port", "0", "--state", folder], {
    stdio: ["ignore", "pipe", "inherit"],
    detached,
  });
  await new Promise<void>((resolve) => {
    child.stdout?.on("data", (chunk: Buffer) => {
      if (chunk.includes("Credentials")) resolve();
    });
  });
  const read = (name: string) =>
    new RegExp(`${name}=(.*)`).exec(readFileSync(join(folder, "cloudflare.env"), "utf8"))?.[1] ??
    "";
  const apiBaseUrl = read("CLOUDFLARE_API_BASE_URL");
  const cloudflare: LocalCloudflare = {
    port: Number(new URL(apiBaseUrl).port),
    apiBaseUrl,
    accountId: read("CLOUDFLARE_ACCOUNT_ID"),
    apiToken: read("CLOUDFLARE_API_TOKEN"),
    zoneId: "",
    stop: () => end(child, "SIGTERM"),
  };
  return { child, cloudflare };
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  const ended = new Promise((resolve) => {
    child.once("exit", resolve);
  });
  child.kill(signal);
  await ended;
}

const processes = () =>
  execFileSync("ps", ["-A", "-o", "pid=,ppid=,stat=,command="], { encoding: "utf8" })
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    // A process that has ended and waits to be collected does not count.
    .filter(([, , stat]) => stat?.startsWith("Z") === false);

const workerdOf = (child: ChildProcess) =>
  processes()
    .filter(([, parent, , command]) => Number(parent) === child.pid && command?.includes("workerd"))
    .map(([pid]) => Number(pid));

const isAlive = (pid: number) => processes().some(([other]) => Number(other) === pid);

describe("a restart", () => {
  it("keeps databases, Workers, secrets, hostnames, mail and credentials", async () => {
    const stateFolder = temporaryFolder();
    const first = await startLocalCloudflare({ stateFolder });
    await deployCounter(first);
    expect(await visit(first)).toEqual({ n: 1, secret: "kept" });
    await first.stop();
    const second = await startLocalCloudflare({ stateFolder });
    expect(await visit(second)).toEqual({ n: 2, secret: "kept" });
    expect([second.accountId, second.apiToken]).toEqual([first.accountId, first.apiToken]);
    await second.stop();
  });

  it("finds everything again after SIGKILL, and leaves one workerd, not two", async () => {
    const folder = temporaryFolder();
    const killed = await startProcess(folder);
    await deployCounter(killed.cloudflare);
    expect(await visit(killed.cloudflare)).toEqual({ n: 1, secret: "kept" });
    const [orphan] = workerdOf(killed.child);
    if (orphan === undefined) throw new Error("no workerd was found");
    await end(killed.child, "SIGKILL");
    expect(isAlive(orphan)).toBe(true);

    const next = await startProcess(folder);
    expect(isAlive(orphan)).toBe(false);
    expect(workerdOf(next.child)).toHaveLength(1);
    expect(await visit(next.cloudflare)).toEqual({ n: 2, secret: "kept" });
    const [own] = workerdOf(next.child);
    await next.cloudflare.stop();
    expect(isAlive(own ?? 0)).toBe(false);
  });

  it("is not needed for a new platform: workerd keeps running", async () => {
    const { child, cloudflare } = await startProcess(temporaryFolder());
    await deployCounter(cloudflare);
    const before = workerdOf(child);
    const client = createClient(cloudflare);
    for (let index = 0; index < 8; index += 1) {
      const id = await createDatabase(client, `another-${index}`);
      await deploy(client, {
        script: `another-${index}`,
        host: `another-${index}.nno.localhost`,
        code: counter,
        metadata: { bindings: [{ type: "d1", name: "DB", id }] },
      });
      expect((await client.fetch(`another-${index}.nno.localhost`, "/")).text).toBe('{"n":1}');
    }
    expect(workerdOf(child)).toEqual(before);
    await cloudflare.stop();
  });

  it("does not touch the workerd of another state folder", async () => {
    const other = await startProcess(temporaryFolder());
    const own = await startLocalCloudflare({ stateFolder: temporaryFolder() });
    expect(workerdOf(other.child)).toHaveLength(1);
    await own.stop();
    await other.cloudflare.stop();
  });
});

describe("a start", () => {
  it("answers a request that arrived before workerd was running", async () => {
    const port = await freePort();
    const starting = startLocalCloudflare({ stateFolder: temporaryFolder(), port });
    let early: Promise<Response> | undefined;
    while (early === undefined) {
      const request = fetch(`http://127.0.0.1:${port}/`);
      // Refused until the port is open, and then held until workerd is running.
      const first = await Promise.race([request.catch(() => "refused"), setTimeout(20, "held")]);
      if (first !== "refused") early = request;
    }
    expect((await early).status).toBe(200);
    await (await starting).stop();
  });
});

describe("an end", () => {
  it("leaves nothing running after Ctrl-C, which reaches workerd too", async () => {
    const { child } = await startProcess(temporaryFolder(), { detached: true });
    const [workerd] = workerdOf(child);
    const ended = new Promise<number | null>((resolve) => {
      child.once("exit", resolve);
    });
    process.kill(-(child.pid ?? 0), "SIGINT");
    // 130 is the shell's exit code for SIGINT.
    expect([0, 130]).toContain(await ended);
    expect(isAlive(workerd ?? 0)).toBe(false);
  });
});

describe("a state folder", () => {
  it("is readable by its owner only, even if it existed before", async () => {
    const folder = temporaryFolder();
    chmodSync(folder, 0o755);
    const cloudflare = await startLocalCloudflare({ stateFolder: folder });
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    await cloudflare.stop();
  });

  it("is refused while another process uses it, and that process is named", async () => {
    const folder = temporaryFolder();
    const { child, cloudflare } = await startProcess(folder);
    await expect(startLocalCloudflare({ stateFolder: folder })).rejects.toThrow(
      `${folder} is in use by process ${child.pid}`,
    );
    await cloudflare.stop();
  });

  it("is refused with one line and left unchanged if its file is damaged", async () => {
    const folder = temporaryFolder();
    const file = join(folder, "cloudflare.sqlite");
    const damage = [
      () => writeFileSync(file, "this is not a database, it is a text of some length\n".repeat(40)),
      () => truncateSync(file, 5_000),
    ];
    for (const break_ of damage) {
      const whole = await startLocalCloudflare({ stateFolder: join(folder, "x") });
      await whole.stop();
      writeFileSync(file, readFileSync(join(folder, "x/cloudflare.sqlite")));
      break_();
      const before = readFileSync(file);
      const error = await startLocalCloudflare({ stateFolder: folder }).catch(
        (caught: Error) => caught,
      );
      expect(error).toBeInstanceOf(Error);
      const { message } = error as Error;
      expect(message).toContain(`${file} cannot be read`);
      expect(message).toContain(`delete ${folder}`);
      expect(message).not.toContain("\n");
      expect(readFileSync(file).equals(before)).toBe(true);
    }
  });

  it("lets only its owner read the files with secrets", async () => {
    const stateFolder = temporaryFolder();
    const { stop } = await startLocalCloudflare({ stateFolder });
    for (const name of ["cloudflare.sqlite", "cloudflare.env"]) {
      expect([name, statSync(join(stateFolder, name)).mode & 0o777]).toEqual([name, 0o600]);
    }
    await stop();
  });
});
