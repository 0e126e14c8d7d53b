// @vitest-environment node
/** The variables of a console's `.env`, which Vite replaces in the built package. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "vite";
import { expect, it } from "vitest";

async function bundleWith(variables: string): Promise<string> {
  const envDir = mkdtempSync(join(tmpdir(), "console-"));
  try {
    writeFileSync(join(envDir, ".env"), variables);
    const built = await build({
      configFile: false,
      root: join(import.meta.dirname, "consumer"),
      envDir,
      logLevel: "silent",
      build: { write: false, rolldownOptions: { input: "console.tsx" } },
    });
    const outputs = [built].flat().flatMap((part) => ("output" in part ? part.output : []));
    return outputs.map((part) => (part.type === "chunk" ? part.code : "")).join("\n");
  } finally {
    rmSync(envDir, { recursive: true });
  }
}

it("are in the bundle, so that nothing is read at run time", async () => {
  const code = await bundleWith(
    "VITE_AUTH_URL=https://auth.svc.default.k3m9p2xw7q.nno.app\nVITE_PLATFORM_ID=k3m9p2xw7q\nSECRET=s3cr3t\n",
  );
  expect(code).toContain("https://auth.svc.default.k3m9p2xw7q.nno.app");
  expect(code).toMatch(/VITE_PLATFORM_ID:\s*[`"']k3m9p2xw7q/);
  expect(code).not.toContain("import.meta");
  expect(code).not.toContain("s3cr3t");
});
