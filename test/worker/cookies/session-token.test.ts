import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createSessionToken, hasSessionToken } from "../../../src/worker/cookies/session-token.ts";

/** What a token looks like, by definition. It is slow: it tries 32 characters at each position. */
const tokenAnywhere = /[A-Za-z0-9]{32}-[bis]-[A-Za-z0-9]{16}/;

describe("a session token in a text", () => {
  it("is found where the definition finds one, and nowhere else", () => {
    const letters = (lengths: number[]) =>
      fc.constantFrom(...lengths).chain((length) =>
        fc.string({
          unit: fc.constantFrom(..."azAZ09".split("")),
          minLength: length,
          maxLength: length,
        }),
      );
    const part = fc.oneof(
      letters([1, 15, 16, 17, 31, 32, 33]),
      fc.constantFrom(
        "-s-",
        "-i-",
        "-b-",
        "-",
        "s",
        "i",
        "-S-",
        "--",
        ".",
        '"',
        "[",
        "@",
        "`",
        "{",
        "é",
      ),
      // Characters that differ from a letter or a digit by one bit.
      fc.constantFrom("\u00e1", "\u0161", "\uff21", "\u0000", "/", ":"),
      fc.boolean().map((impersonation) => createSessionToken({ impersonation })),
    );
    let found = 0;
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
        const text = parts.join("");
        const isThere = tokenAnywhere.test(text);
        if (isThere) found += 1;
        expect(hasSessionToken(text)).toBe(isThere);
      }),
      { numRuns: 5000 },
    );
    expect(found).toBeGreaterThan(100);
  });

  it.each(["secret", "middle", "binding"])(
    "is not recognised with another character in its %s",
    (where) => {
      const token = createSessionToken({ impersonation: false });
      const at = { secret: 5, middle: 33, binding: 40 }[where] ?? 0;
      for (let code = 0; code < 256; code += 1) {
        const text = token.slice(0, at) + String.fromCharCode(code) + token.slice(at + 1);
        expect([code, hasSessionToken(text)]).toEqual([code, tokenAnywhere.test(text)]);
      }
    },
  );

  const length = 100_000;
  const repeat = (text: string) => text.repeat(Math.ceil(length / text.length)).slice(0, length);

  it.each([
    ["letters", "a"],
    ["middles", "-s-"],
    ["middles that share a hyphen", "-s-i"],
    ["almost a secret each", `${"a".repeat(31)}-s-`],
    ["a secret and almost a binding each", `${"a".repeat(32)}-s-${"b".repeat(15)}.`],
    ["secrets that end in a middle", `${"a".repeat(32)}-s-i-`],
    ["ordinary JSON", '{"id":"x1","name":"well-informed-s-curve"},'],
  ])("costs a few looks at each character: %s", (_, pattern) => {
    const text = repeat(pattern);
    let looks = 0;
    /** Counts the characters that the search looks at, by itself or by the engine's search for a substring. */
    const counted = {
      indexOf(search: string, from = 0) {
        const at = text.indexOf(search, from);
        looks += (at === -1 ? length : at) - from + search.length;
        return at;
      },
      charCodeAt(index: number) {
        looks += 1;
        return text.charCodeAt(index);
      },
    };
    expect(hasSessionToken(counted)).toBe(false);
    expect(looks).toBeLessThan(8 * length);
  });
});
