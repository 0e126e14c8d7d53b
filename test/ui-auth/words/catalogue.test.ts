/** The catalogue of words against the components. That no event and no error code lacks words, the compiler checks. */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { english } from "../../../src/ui-auth/words/messages.ts";

const root = join(import.meta.dirname, "../../..");
const components = globSync("src/ui-auth/**/*.{ts,tsx}", { cwd: root })
  .filter((path) => !path.includes("/dist/"))
  .map((path) => readFileSync(join(root, path), "utf8"))
  .join("\n");

it("has no words that no component shows", () => {
  // Looked up by a code that mostly comes from the server.
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
