/**
 * Hashes of passwords: scrypt at the cost of OWASP ASVS 5.0 appendix C (N=2^15, r=8, p=3), as PHC strings. What Better
 * Auth wrote before, and bcrypt hashes of an import, verify too; they are replaced at the next sign-in.
 */
import { scryptSync, timingSafeEqual } from "node:crypto";
import { compareSync } from "bcryptjs";
import { formatPhc, parsePhc, type ScryptCost } from "./phc.ts";
import type { TakeTurn } from "./turns.ts";
import type { VerifiedPassword } from "./verified-password.ts";

const today: ScryptCost = { ln: 15, r: 8, p: 3 };
const saltBytes = 16;
const hashBytes = 32;

/** Better Auth's own: `salt:hash`, both hexadecimal; the salt's text is what is hashed. */
const plainForm = /^([0-9a-f]{32}):([0-9a-f]{128})$/;
const plainCost: ScryptCost = { ln: 14, r: 16, p: 1 };
const plainHashBytes = 64;
/** Together with `plainCost` as much work as `today`: an old hash does not show by answering sooner. */
const restOfPlain: ScryptCost = { ln: 15, r: 8, p: 2 };

/**
 * A cost over 14 would stop the isolate for seconds. bcryptjs can hash in parts, but asks the clock when to let the loop go,
 * and Cloudflare's stands still meanwhile: it would never. bcrypt reads 72 bytes of a password.
 */
const bcryptForm = /^\$2[aby]\$(0[4-9]|1[0-4])\$[./A-Za-z0-9]{53}$/;

export interface Passwords {
  hash: (password: string) => Promise<string>;
  verify: (input: { hash: string; password: string }) => Promise<boolean>;
}

/**
 * @param onVerified called with a password that verified.
 * @param checkFurther has the last word on a password that was found right or wrong. It also runs where Better Auth hashes
 *   a password for an account that does not exist, so that both take as long.
 */
export function createPasswords({
  takeTurn,
  onVerified,
  checkFurther = async (isRight) => isRight,
}: {
  takeTurn: TakeTurn;
  onVerified: (verified: VerifiedPassword) => void;
  checkFurther?: (isRight: boolean) => Promise<boolean>;
}): Passwords {
  const verify: Passwords["verify"] = async ({ hash, password }) => {
    const normalized = password.normalize("NFKC");
    const isRight =
      (await takeTurn(() => verifies(hash, password))) ||
      // As it was typed is what was hashed elsewhere; but not on every keyboard it is typed so.
      (bcryptForm.test(hash) &&
        normalized !== password &&
        (await takeTurn(() => compareSync(normalized, hash))));
    const passes = await checkFurther(isRight);
    if (passes) {
      const isRightFor = async (other: string) => verify({ hash: other, password });
      onVerified(isCurrent(hash) ? { hash } : { hash, outdated: { isRightFor } });
    }
    return passes;
  };
  return {
    hash: async (password) => {
      const salt = crypto.getRandomValues(new Uint8Array(saltBytes));
      const hash = await takeTurn(() => scrypt(password, salt, today, hashBytes));
      await checkFurther(false);
      return formatPhc({ cost: today, salt, hash });
    },
    verify,
  };
}

function verifies(hash: string, password: string): boolean {
  const phc = parsePhc(hash);
  if (phc !== undefined) {
    return timingSafeEqual(scrypt(password, phc.salt, phc.cost, phc.hash.length), phc.hash);
  }
  const [, salt, key] = plainForm.exec(hash) ?? [];
  if (salt !== undefined && key !== undefined) {
    scrypt(password, salt, restOfPlain, hashBytes);
    return timingSafeEqual(scrypt(password, salt, plainCost, plainHashBytes), fromHex(key));
  }
  if (bcryptForm.test(hash)) return compareSync(password, hash);
  // Never the value: it may be a password that an import forgot to hash.
  console.error(
    `passwords: a hash of ${hash.length} characters is of no known kind; nobody signs in with it`,
  );
  return false;
}

function isCurrent(hash: string): boolean {
  const { ln, r, p } = parsePhc(hash)?.cost ?? {};
  return ln === today.ln && r === today.r && p === today.p;
}

function scrypt(
  password: string,
  salt: string | Uint8Array,
  { ln, r, p }: ScryptCost,
  length: number,
): Uint8Array {
  const N = 2 ** ln;
  // OpenSSL counts a little more than the blocks.
  const maxmem = 128 * r * (N + p + 2) + 1024 * 1024;
  return scryptSync(password.normalize("NFKC"), salt, length, { N, r, p, maxmem });
}

function fromHex(text: string): Uint8Array {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}
