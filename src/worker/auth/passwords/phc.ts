/**
 * scrypt hashes as PHC strings: `$scrypt$ln=15,r=8,p=3$<salt>$<hash>`, base64 without padding
 * (https://github.com/P-H-C/phc-string-format). Each hash holds its own cost, so that the cost can change later.
 */

export interface ScryptCost {
  /** log2 of N, the number of blocks. */
  ln: number;
  r: number;
  p: number;
}

export interface ScryptHash {
  cost: ScryptCost;
  salt: Uint8Array;
  hash: Uint8Array;
}

/** An imported hash above these limits could block the Worker: 64 MiB, and some five times the time of a new hash. */
const limits = { memoryBytes: 64 * 1024 * 1024, blocks: 2 ** 22 };
const form =
  /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{22,86})$/;

export function formatPhc({ cost: { ln, r, p }, salt, hash }: ScryptHash): string {
  return `$scrypt$ln=${ln},r=${r},p=${p}$${encode(salt)}$${encode(hash)}`;
}

/** Returns undefined for a text that is not a scrypt PHC string, or whose cost is above the limits of this Worker. */
export function parsePhc(text: string): ScryptHash | undefined {
  const found = form.exec(text);
  if (found === null) return undefined;
  const [ln = 0, r = 0, p = 0] = found.slice(1, 4).map(Number);
  const memoryBytes = 128 * 2 ** ln * r;
  const isAffordable = memoryBytes <= limits.memoryBytes && 2 ** ln * r * p <= limits.blocks;
  if (ln === 0 || r === 0 || p === 0 || !isAffordable) return undefined;
  const [salt, hash] = [found[4] ?? "", found[5] ?? ""].map(decode);
  return salt === undefined || hash === undefined ? undefined : { cost: { ln, r, p }, salt, hash };
}

function encode(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes)).replace(/=+$/, "");
}

function decode(text: string): Uint8Array | undefined {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    return undefined;
  }
}
