/** The catalogue of words against what the Worker says and what the components show. */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { english } from "../../../src/ui-auth/words/messages.ts";

const root = join(import.meta.dirname, "../../..");
const sources = (pattern: string) =>
  globSync(pattern, { cwd: root })
    .filter((path) => !path.includes("/dist/"))
    .map((path) => readFileSync(join(root, path), "utf8"))
    .join("\n");
const worker = sources("src/worker/**/*.ts");
const components = sources("src/ui-auth/**/*.{ts,tsx}");

/** Refusals of what no component sends: requests that are malformed, and routes for other programs. */
const notOfTheComponents = new Set([
  "ACCOUNT_INFO_UNAVAILABLE",
  "ALREADY_EXISTS",
  "BODY_TOO_LARGE",
  "CONFIGURATION_INVALID",
  "HEADERS_TOO_LARGE",
  "INTERNAL_ERROR",
  "INVALID_CURSOR",
  "INVALID_PERIOD",
  "INVALID_VALUE",
  "NOT_FOUND",
  "REFERENCE_NOT_FOUND",
  "UNKNOWN_AUDIENCE",
]);

it("says what to do about every refusal of the Worker's own", () => {
  const codes = [...worker.matchAll(/code: "([A-Z][A-Z_]+)"/g)].map(([, code = ""]) => code);
  expect(codes.length).toBeGreaterThan(30);
  const untold = codes.filter((code) => !Object.hasOwn(english.errors, code));
  expect([...new Set(untold)].filter((code) => !notOfTheComponents.has(code))).toEqual([]);
});

it("has words for every event of the audit log, and for its details", () => {
  const events = [
    ...worker.matchAll(/(?:event|success|failure): (?:[^"\n]*\? )?"([a-z_]+\.[a-z_]+)"/g),
  ].map(([, event = ""]) => event);
  expect(new Set(events).size).toBeGreaterThan(40);
  expect(events.filter((event) => !Object.hasOwn(english.audit.events, event))).toEqual([]);
});

it("has no words that nothing shows", () => {
  // What is looked up by a key that comes from the server.
  const keyed = new Set(["errors"]);
  const unused = Object.entries(english)
    .filter(([section]) => !keyed.has(section))
    .flatMap(([section, words]) =>
      Object.keys(words)
        .filter(
          (key) => !new RegExp(`\\b(words|messages\\.${section})\\.${key}\\b`).test(components),
        )
        .filter(
          (key) =>
            !new RegExp(`\\{[^}]*\\b${key}\\b[^}]*\\} = messages\\.${section}`).test(components),
        )
        .map((key) => `${section}.${key}`),
    );
  expect(unused).toEqual([]);
});
