/** Users' text in mails of the platform's. */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { harmless, isNameRefused } from "../../../src/worker/email/user-text.ts";

describe("harmless", () => {
  it.each([
    ["Ada Lovelace", "Ada Lovelace"],
    ["Dr. Jürgen O'Leary-Müller", "Dr. Jürgen O'Leary-Müller"],
    ["J.R.R. Tolkien", "J R R Tolkien"],
    ["  Ada\r\n\r\nYour account\u2028is locked ", "Ada Your account is locked"],
    ["\u202Egnp.exe\u202C", "gnp exe"],
    ["A\u200Bd\u00ADa\uFEFF", "Ada"],
    ["علی\u200Cرضا", "علی\u200Cرضا"],
    ["https://evil.example/pay?now=1", "https evil example pay?now=1"],
    ["evil.example", "evil example"],
    ["evil。example", "evil example"],
    ["ｅｖｉｌ．ｅｘａｍｐｌｅ", "evil example"],
    ["eve@evil.example", "eve evil example"],
    ["", ""],
    ["\u0000\u202E\u200B", ""],
    ["x".repeat(300), `${"x".repeat(61)}...`],
  ])("makes %j %j", (text, expected) => {
    expect(harmless(text)).toBe(expected);
  });

  it("leaves no text that it would change again, that is refused, or that is longer than a name", () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ unit: "binary" }), fc.webUrl(), fc.emailAddress(), fc.domain()),
        (text) => {
          const once = harmless(text);
          expect(harmless(once)).toBe(once);
          expect(isNameRefused(once)).toBe(false);
          expect(Array.from(once).length).toBeLessThanOrEqual(64);
          expect(once).not.toMatch(/[\p{Cc}\u2028\u2029\u202A-\u202E\u2066-\u2069]/u);
        },
      ),
      { numRuns: 2000 },
    );
  });
});
