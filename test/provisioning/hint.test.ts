/** Commands that a message advises get the options of the command that printed it. */
import { expect, it } from "vitest";
import { withTarget } from "../../src/cli/hint.ts";

it.each([
  [{ local: true }, "run again: nno-auth provision k3m9p2xw7q --local"],
  [{ state: "a/b" }, "run again: nno-auth provision k3m9p2xw7q --state a/b"],
  [{ local: true, state: "a/b" }, "run again: nno-auth provision k3m9p2xw7q --state a/b"],
  [{ state: "it's here" }, "run again: nno-auth provision k3m9p2xw7q --state 'it'\\''s here'"],
  [{ "root-domain": "a.dev" }, "run again: nno-auth provision k3m9p2xw7q --root-domain a.dev"],
  [{}, "run again: nno-auth provision k3m9p2xw7q"],
])("adds %j to the command", (target, words) => {
  expect(withTarget("run again: nno-auth provision k3m9p2xw7q", target)).toBe(words);
});

it("adds the options to every command of a line, and to nothing else", () => {
  const line =
    "nno-auth is sad; see its state with: nno-auth status k3m9p2xw7q, then run nno-auth deprovision k3m9p2xw7q --confirm k3m9p2xw7q; or nno-auth --help";
  expect(withTarget(line, { local: true })).toBe(
    "nno-auth is sad; see its state with: nno-auth status k3m9p2xw7q --local, then run nno-auth deprovision k3m9p2xw7q --confirm k3m9p2xw7q --local; or nno-auth --help",
  );
});

it("gives the commands of a local Cloudflare only the options that they accept", () => {
  const target = { state: "here", "root-domain": "a.dev" };
  expect(withTarget("start it with: nno-auth local", target)).toBe(
    "start it with: nno-auth local --state here",
  );
});
