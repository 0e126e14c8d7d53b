/** The bench itself works, in a small part of it: contenders answer rightly, and the tables have their rows. No time is judged. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const run = async (...options: string[]) =>
  promisify(execFile)(process.execPath, [join(import.meta.dirname, "run.ts"), ...options], {
    cwd: join(import.meta.dirname, "../.."),
  });

it("measures the chosen flows on the chosen contenders, and counts their queries", async () => {
  const { stdout } = await run(
    "--quick",
    "--users=50",
    "--contenders=floor,ours",
    "--only=session check, signed in|token",
  );
  const lines = stdout.split("\n").map((line) => line.split("|").map((cell) => cell.trim()));
  const rates = lines.find(([, title]) => title === "session check, signed in") ?? [];
  const figure = /^[\d.]+ \([\d.]+ to [\d.]+\)$/;
  expect(rates.slice(2, 7)).toEqual([
    "",
    expect.stringMatching(figure),
    "",
    "",
    expect.stringMatching(figure),
  ]);
  expect(stdout).toContain("| session check, signed in |  | 1 (1) / 2 / 0 |");
  expect(stdout).toContain("| token, 4 clients |  | 2 (2) / 3 / 0 |");
  expect(stdout).not.toMatch(/NaN|undefined|failed/);
});

it("refuses to put figures of a part of it into the documents", async () => {
  await expect(run("--quick", "--docs")).rejects.toThrow("--docs is for a whole run");
});
