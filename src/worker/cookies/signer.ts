/**
 * Signs a value together with the name under which it is sent. Better Auth signs the value of a cookie alone, so what it
 * signed for one cookie is also valid in another. The keys here are derived from the platform's secrets, so that no
 * signature of Better Auth's is one of these, nor the other way round.
 */
export interface Signer {
  /** The signature by the current secret: 43 characters of base64url. */
  sign: (name: string, value: string) => Promise<string>;
  /** True if the current secret made the signature, or an older one that is still listed. Compares in constant time. */
  verify: (name: string, value: string, signature: string) => Promise<boolean>;
}

type Key = Awaited<ReturnType<typeof crypto.subtle.importKey>>;

const algorithm = { name: "HMAC", hash: "SHA-256" };
/** The keys are the signatures of this text by the secrets. */
export const signerPurpose = "nno: values signed with their names";
const signaturePattern = /^[A-Za-z0-9_-]{43}$/;
const encoder = new TextEncoder();

/** @param secrets the current secret comes first. */
export function createSigner(secrets: readonly string[]): Signer {
  // Keep the values, not a promise: workerd never settles the promises of an aborted request.
  let keys: Key[] | undefined;
  const readKeys = async () => (keys ??= await Promise.all(secrets.map(deriveKey)));
  return {
    async sign(name, value) {
      const [current] = await readKeys();
      if (current === undefined) throw new RangeError("a signer needs a secret");
      const signature = await crypto.subtle.sign(algorithm, current, message(name, value));
      return encode(new Uint8Array(signature));
    },
    async verify(name, value, signature) {
      const bytes = decode(signature);
      if (bytes === undefined) return false;
      for (const key of keys ?? (await readKeys())) {
        if (await crypto.subtle.verify(algorithm, key, bytes, message(name, value))) return true;
      }
      return false;
    },
  };
}

/** A name has no line break, so each pair of name and value gives another message. */
function message(name: string, value: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(encoder.encode(`${name}\n${value}`));
}

async function deriveKey(secret: string): Promise<Key> {
  const from = await importKey(new Uint8Array(encoder.encode(secret)));
  return importKey(await crypto.subtle.sign(algorithm, from, encoder.encode(signerPurpose)));
}

async function importKey(bytes: ArrayBuffer | Uint8Array<ArrayBuffer>): Promise<Key> {
  return crypto.subtle.importKey("raw", bytes, algorithm, false, ["sign", "verify"]);
}

function encode(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}

function decode(signature: string): Uint8Array<ArrayBuffer> | undefined {
  if (!signaturePattern.test(signature)) return undefined;
  const bytes = atob(`${signature.replaceAll("-", "+").replaceAll("_", "/")}=`);
  return Uint8Array.from(bytes, (character) => character.charCodeAt(0));
}
