/** PHC strings of scrypt hashes: what is written is read back, and what this Worker does not spend is not read. */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatPhc, parsePhc, type ScryptHash } from "../../../../src/worker/auth/passwords/phc.ts";

const salt = "c2FsdHNhbHRzYWx0";
const hash = "aGFzaGhhc2hoYXNoaGFzaGhhc2g";

const bytes = (minLength: number) => fc.uint8Array({ minLength, maxLength: 64 });
const affordable: fc.Arbitrary<ScryptHash> = fc.record({
  cost: fc
    .record({
      ln: fc.integer({ min: 1, max: 22 }),
      r: fc.integer({ min: 1, max: 99 }),
      p: fc.integer({ min: 1, max: 99 }),
    })
    .filter(({ ln, r, p }) => 2 ** ln * r <= 2 ** 19 && 2 ** ln * r * p <= 2 ** 22),
  salt: bytes(8),
  hash: bytes(16),
});

describe("a PHC string", () => {
  it("is read back as it was written, whatever its salt, hash and cost", () => {
    fc.assert(
      fc.property(affordable, (written) => {
        expect(parsePhc(formatPhc(written))).toEqual(written);
      }),
    );
  });

  it("names the parameters in the order of the format, and pads no base64", () => {
    const written = {
      cost: { ln: 14, r: 8, p: 1 },
      salt: new TextEncoder().encode("SodiumChloride"),
      hash: new Uint8Array(32).fill(0xff),
    };
    expect(formatPhc(written)).toBe(
      "$scrypt$ln=14,r=8,p=1$U29kaXVtQ2hsb3JpZGU$//////////////////////////////////////////8",
    );
  });

  it.each([
    ["at the limit of memory, 64 MiB", "ln=16,r=8,p=1"],
    ["at the limit of work, 2^22 blocks", "ln=15,r=8,p=16"],
  ])("is read %s", (_name, cost) => {
    expect(parsePhc(`$scrypt$${cost}$${salt}$${hash}`)).toBeDefined();
  });

  it.each([
    ["that needs more than 64 MiB", `$scrypt$ln=17,r=8,p=1$${salt}$${hash}`],
    ["that needs more than 2^22 blocks", `$scrypt$ln=15,r=8,p=17$${salt}$${hash}`],
    ["without work", `$scrypt$ln=0,r=8,p=1$${salt}$${hash}`],
    ["without a block size", `$scrypt$ln=15,r=0,p=1$${salt}$${hash}`],
    ["without parallelism", `$scrypt$ln=15,r=8,p=0$${salt}$${hash}`],
    ["of another function", `$argon2id$ln=15,r=8,p=3$${salt}$${hash}`],
    ["with its parameters in another order", `$scrypt$r=8,ln=15,p=3$${salt}$${hash}`],
    ["with padded base64", `$scrypt$ln=15,r=8,p=3$${salt}$${hash}=`],
    ["with base64 of an impossible length", `$scrypt$ln=15,r=8,p=3$${salt}a$${hash}`],
    ["with a salt of less than 8 bytes", `$scrypt$ln=15,r=8,p=3$c2FsdA$${hash}`],
    ["with a hash of less than 16 bytes", `$scrypt$ln=15,r=8,p=3$${salt}$aGFzaA`],
    ["with something behind it", `$scrypt$ln=15,r=8,p=3$${salt}$${hash}\n`],
    ["with something before it", ` $scrypt$ln=15,r=8,p=3$${salt}$${hash}`],
  ])("is not read: one %s", (_name, text) => {
    expect(parsePhc(text)).toBeUndefined();
  });
});
