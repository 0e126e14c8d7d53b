/**
 * `npm run bench:provision`: provisions 1, 10 and 100 platforms on a local Cloudflare, one after the other, and prints
 * seconds a platform (verified), API calls, and the memory of workerd.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { localFetch } from "../../src/cli/local-fetch.ts";
import { startLocalCloudflare } from "../../src/local/cloudflare.ts";
import { createCloudflare } from "../../src/provisioning/cloudflare/client.ts";
import { provision } from "../../src/provisioning/provision.ts";
import { unlimited } from "../../src/provisioning/cloudflare/rate-budget.ts";
import { buildRelease } from "../../src/cli/build-release.ts";

const sizes = [1, 10, 100];
const limitSeconds = 1.5;
const limitRatio = 1.5;

const release = await buildRelease();
const stateFolder = mkdtempSync(join(tmpdir(), "bench-"));
const local = await startLocalCloudflare({ stateFolder });
try {
  let calls = 0;
  const cloudflare = createCloudflare({
    ...local,
    budget: unlimited,
    onCall: () => {
      calls += 1;
    },
  });
  // The first one also warms up Node and workerd; it is not measured.
  let made = 0;
  const provisionOne = async () => {
    made += 1;
    const startedAt = performance.now();
    await provision({
      platformId: `b${String(made).padStart(9, "0")}`,
      release,
      cloudflare,
      rootDomain: "nno.localhost",
      port: local.port,
      fetch: localFetch,
    });
    return (performance.now() - startedAt) / 1000;
  };
  await provisionOne();
  const medians: number[] = [];
  console.log("platforms  seconds each (median, slowest)  calls each  workerd MiB");
  for (const size of sizes) {
    calls = 0;
    const seconds: number[] = [];
    for (let count = 0; count < size; count += 1) seconds.push(await provisionOne());
    seconds.sort((one, other) => one - other);
    const median = seconds[Math.floor(size / 2)] ?? 0;
    const slowest = seconds.at(-1) ?? 0;
    medians.push(median);
    console.log(
      [
        String(size).padStart(9),
        `${median.toFixed(2)}, ${slowest.toFixed(2)}`.padStart(31),
        (calls / size).toFixed(1).padStart(11),
        String(workerdMebibytes()).padStart(12),
      ].join(" "),
    );
  }
  const [first = 0] = medians;
  const last = medians.at(-1) ?? 0;
  const isGood = last < limitSeconds && last <= first * limitRatio;
  console.log(
    `one more costs ${(last / first).toFixed(2)} times as much at ${sizes.at(-1)} as at ${sizes[0]} (limit ${limitRatio}), under ${limitSeconds} s: ${isGood ? "yes" : "no"}`,
  );
  process.exitCode = isGood ? 0 : 1;
} finally {
  await local.stop();
  rmSync(stateFolder, { recursive: true, force: true });
}

/** Resident memory of this process's workerd. */
function workerdMebibytes(): number {
  const lines = execFileSync("ps", ["-A", "-o", "ppid=,rss=,comm="], { encoding: "utf8" });
  const kibibytes = lines
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .filter(([parent, , name]) => Number(parent) === process.pid && name?.includes("workerd"))
    .reduce((sum, [, rss]) => sum + Number(rss), 0);
  return Math.round(kibibytes / 1024);
}
