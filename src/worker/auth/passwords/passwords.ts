/**
 * Hashes and verifies passwords: scrypt at the cost of OWASP ASVS 5.0 appendix C (N=2^15, r=8, p=3), as PHC strings. It
 * also verifies Better Auth's own hashes and imported bcrypt hashes, which are replaced at the user's next sign-in.
 */
import { scryptSync, timingSafeEqual } from "node:crypto";
import { compareSync } from "bcryptjs";
import { formatPhc, parsePhc, type ScryptCost } from "./phc.ts";
import type { RunInQueue } from "./hash-queue.ts";
import type { VerifiedPassword } from "./verified-password.ts";

const currentCost: ScryptCost = { ln: 15, r: 8, p: 3 };
const saltBytes = 16;
const hashBytes = 32;

/** Better Auth's own form is `salt:hash`, both hexadecimal. It hashes the text of the salt, not its bytes. */
const betterAuthForm = /^([0-9a-f]{32}):([0-9a-f]{128})$/;
const betterAuthCost: ScryptCost = { ln: 14, r: 16, p: 1 };
const betterAuthHashBytes = 64;
/**
 * Together with `betterAuthCost` this is as much work as `currentCost`, so that response times do not reveal an old
 * hash.
 */
const paddingCost: ScryptCost = { ln: 15, r: 8, p: 2 };

/**
 * A bcrypt cost over 14 is refused, because it would block the isolate for seconds. bcryptjs can hash in parts, but it
 * asks the clock when to yield, and Cloudflare's clock stands still while code runs. bcrypt reads only 72 bytes of a
 * password.
 */
const bcryptForm = /^\$2[aby]\$(0[4-9]|1[0-4])\$[./A-Za-z0-9]{53}$/;

export interface Passwords {
  hash: (password: string) => Promise<string>;
  verify: (input: { hash: string; password: string }) => Promise<boolean>;
}

/** What is told of each password that is hashed. `before` throws for one that must not be stored. */
export interface HashWatch {
  beforeHash: (password: string) => Promise<void>;
  afterHash: (password: string, hash: string) => void;
}

/**
 * @param payForHash counts what a hash costs; it may refuse.
 * @param onVerified called with a password that verified.
 * @param checkFurther decides finally about a password that was found right or wrong. It also runs when Better Auth
 *   hashes a password for an account that does not exist, so that both take the same time.
 */
export function createPasswords({
  runInQueue,
  payForHash = async () => {},
  onVerified,
  checkFurther = async (isRight) => isRight,
  watch,
}: {
  runInQueue: RunInQueue;
  payForHash?: () => Promise<void>;
  onVerified: (verified: VerifiedPassword) => void;
  checkFurther?: (isRight: boolean) => Promise<boolean>;
  watch?: HashWatch;
}): Passwords {
  const verify: Passwords["verify"] = async ({ hash, password }) => {
    await payForHash();
    const normalized = password.normalize("NFKC");
    const isRight =
      (await runInQueue(() => verifies(hash, password))) ||
      // Another system hashed the password as it was typed, but keyboards differ in the Unicode form that they send.
      (bcryptForm.test(hash) &&
        normalized !== password &&
        (await runInQueue(() => compareSync(normalized, hash))));
    const passes = await checkFurther(isRight);
    if (passes) {
      const isRightFor = async (other: string) => verify({ hash: other, password });
      onVerified(isCurrent(hash) ? { hash } : { hash, outdated: { isRightFor } });
    }
    return passes;
  };
  return {
    hash: async (password) => {
      await watch?.beforeHash(password);
      await payForHash();
      const salt = crypto.getRandomValues(new Uint8Array(saltBytes));
      const hash = await runInQueue(() => scrypt(password, salt, currentCost, hashBytes));
      await checkFurther(false);
      const stored = formatPhc({ cost: currentCost, salt, hash });
      watch?.afterHash(password, stored);
      return stored;
    },
    verify,
  };
}

function verifies(hash: string, password: string): boolean {
  const phc = parsePhc(hash);
  if (phc !== undefined) {
    return timingSafeEqual(scrypt(password, phc.salt, phc.cost, phc.hash.length), phc.hash);
  }
  const [, salt, key] = betterAuthForm.exec(hash) ?? [];
  if (salt !== undefined && key !== undefined) {
    scrypt(password, salt, paddingCost, hashBytes);
    return timingSafeEqual(
      scrypt(password, salt, betterAuthCost, betterAuthHashBytes),
      fromHex(key),
    );
  }
  if (bcryptForm.test(hash)) return compareSync(password, hash);
  // The value itself is not logged: it may be a password that an import failed to hash.
  console.error(
    `passwords: a hash of ${hash.length} characters has an unknown format, so nobody can sign in with it`,
  );
  return false;
}

function isCurrent(hash: string): boolean {
  const { ln, r, p } = parsePhc(hash)?.cost ?? {};
  return ln === currentCost.ln && r === currentCost.r && p === currentCost.p;
}

function scrypt(
  password: string,
  salt: string | Uint8Array,
  { ln, r, p }: ScryptCost,
  length: number,
): Uint8Array {
  const N = 2 ** ln;
  // OpenSSL needs a little more memory than the blocks take.
  const maxmem = 128 * r * (N + p + 2) + 1024 * 1024;
  return scryptSync(password.normalize("NFKC"), salt, length, { N, r, p, maxmem });
}

function fromHex(text: string): Uint8Array {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}
