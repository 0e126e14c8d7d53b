/** The bench itself works: every contender answers rightly, and every row of the tables is there. No time is judged. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { contenderNames } from "./contender.ts";
import { flows } from "./flows.ts";

it("runs each flow on each contender", { timeout: 240_000 }, async () => {
  const { stdout } = await promisify(execFile)("npm", ["run", "bench", "--", "--quick"], {
    cwd: join(import.meta.dirname, "../.."),
  });
  for (const { name, contenders } of flows) {
    const row = stdout.split("\n").find((line) => line.startsWith(`| ${name} |`)) ?? "";
    const cells = row.split("|").slice(2, 2 + contenderNames.length);
    const measured = contenderNames.filter((_, index) => (cells[index] ?? "").trim() !== "");
    expect(measured, name).toEqual(
      contenderNames.filter((contender) => contenders.includes(contender)),
    );
  }
  expect(stdout).not.toContain("NaN");
  expect(stdout).toMatch(/\| session check, signed in \| 1 \/ 2 \/ 0 \| 1 \/ 2 \/ 0 \|/);
});
