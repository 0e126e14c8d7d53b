/** `nno-auth doctor` */
import { examine } from "../../provisioning/doctor.ts";
import type { Values } from "../arguments.ts";
import type { Output } from "../output.ts";
import { readTarget } from "../target.ts";

const marks = { ok: "✓", missing: "✗", unknown: "?" };

export async function runDoctor(values: Values, output: Output): Promise<void> {
  const target = await readTarget(values);
  const findings = await examine(target.cloudflare, target.rootDomain);
  const lines = findings.map(({ what, state, permission, detail }) =>
    state === "ok"
      ? `  ${marks[state]} ${what}`
      : `  ${marks[state]} ${what}: needs ${permission} (${detail ?? "no answer"})`,
  );
  output.answer(findings, lines.join("\n"));
  if (findings.some(({ state }) => state !== "ok")) process.exitCode = 1;
}
