/** `npm run check:bundle`: what `wrangler deploy` would upload, built and weighed. Nothing of the development mailbox is in it. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

/** The goal in docs/performance.md. Cloudflare allows 3,072 on its free plan. */
const limitKibibytes = 450;
const outdir = mkdtempSync(join(tmpdir(), "bundle-"));
try {
  execFileSync("wrangler", ["deploy", "--dry-run", "--minify", "--outdir", outdir], {
    stdio: ["ignore", "ignore", "inherit"],
    env: { ...process.env, WRANGLER_SEND_METRICS: "false", CI: "true" },
  });
  const code = readFileSync(join(outdir, "index.js"));
  const kibibytes = gzipSync(code).byteLength / 1024;
  const problems = [
    ...(kibibytes > limitKibibytes
      ? [`the bundle has ${kibibytes.toFixed(1)} KiB gzip, over ${limitKibibytes}`]
      : []),
    // Code that uses the namespace of zod as a value brings its 50 languages along: 61 KiB gzip, and time at each start. Hebrew is one.
    ...(/\\u05d[0-9a-f]/i.test(code.toString("utf8"))
      ? ["zod's translations are in the bundle"]
      : []),
    ...(code.includes("No mail yet") ? ["the development mailbox is in the bundle"] : []),
  ];
  for (const problem of problems) console.error(problem);
  if (problems.length === 0) console.log(`bundle: ${kibibytes.toFixed(1)} KiB gzip`);
  process.exitCode = problems.length === 0 ? 0 : 1;
} finally {
  rmSync(outdir, { recursive: true });
}
