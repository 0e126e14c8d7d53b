/** Commands in messages lead to the Cloudflare of the command that said them. */
import { expect, it } from "vitest";
import { withTarget } from "../../src/cli/hint.ts";

it.each([
  [{ local: true }, "run again: nno-auth provision k3m9p2xw7q --local"],
  [{ state: "a/b" }, "run again: nno-auth provision k3m9p2xw7q --state a/b"],
  [{ local: true, state: "a/b" }, "run again: nno-auth provision k3m9p2xw7q --state a/b"],
  [{ state: "it's here" }, "run again: nno-auth provision k3m9p2xw7q --state 'it'\\''s here'"],
  [{ "root-domain": "a.dev" }, "run again: nno-auth provision k3m9p2xw7q --root-domain a.dev"],
  [{}, "run again: nno-auth provision k3m9p2xw7q"],
])("%j is behind the command", (target, words) => {
  expect(withTarget("run again: nno-auth provision k3m9p2xw7q", target)).toBe(words);
});

it("is behind every command of a line, and behind nothing else", () => {
  const line =
    "nno-auth is sad; see its state with: nno-auth status k3m9p2xw7q, then run nno-auth deprovision k3m9p2xw7q --confirm k3m9p2xw7q; or nno-auth --help";
  expect(withTarget(line, { local: true })).toBe(
    "nno-auth is sad; see its state with: nno-auth status k3m9p2xw7q --local, then run nno-auth deprovision k3m9p2xw7q --confirm k3m9p2xw7q --local; or nno-auth --help",
  );
});

it("gives a local Cloudflare's own commands the options that they have", () => {
  const target = { state: "here", "root-domain": "a.dev" };
  expect(withTarget("start it with: nno-auth local", target)).toBe(
    "start it with: nno-auth local --state here",
  );
});
