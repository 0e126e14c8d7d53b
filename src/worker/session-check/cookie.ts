/**
 * Reads one signed cookie as better-call would, without parsing the others, so that 8 kB of cookies cost only a search.
 * Anything that better-call might read differently (several cookies of one name, quotes, broken escapes) is reported as
 * `ambiguous` and left to better-call.
 */

import { plainValue } from "../cookies/request.ts";
import type { Signer } from "../cookies/signer.ts";

/** The header does not show clearly whether the cookie is present, or what its value is. */
export const ambiguous = Symbol("ambiguous");

const algorithm = { name: "HMAC", hash: "SHA-256" };
/** The 32 bytes of an HMAC-SHA-256 have this many characters in base64. */
const signatureCharacters = 44;
const encoder = new TextEncoder();

export async function importKey(secret: string): Promise<CryptoKey> {
  return crypto.subtle.importKey("raw", encoder.encode(secret), algorithm, false, ["verify"]);
}

/** @returns the decoded value of the cookie `name`; undefined if the header does not have it. */
export function readCookie(header: string, name: string): string | undefined | typeof ambiguous {
  const start = header.indexOf(name);
  if (start === -1) return undefined;
  const separator = start + name.length;
  if (header.indexOf(name, separator) !== -1 || header[separator] !== "=") return ambiguous;
  const startsHere =
    start === 0 ||
    header[start - 1] === ";" ||
    (header[start - 1] === " " && header[start - 2] === ";");
  if (!startsHere) return ambiguous;
  const end = header.indexOf(";", separator);
  const value = header.slice(separator + 1, end === -1 ? undefined : end);
  if (!plainValue.test(value)) return ambiguous;
  if (!value.includes("%")) return value;
  try {
    return decodeURIComponent(value);
  } catch {
    return ambiguous;
  }
}

/** @returns the value without its signature; undefined if the signature is invalid. Compares in constant time. */
export async function readSigned(value: string, key: CryptoKey): Promise<string | undefined> {
  const dot = value.lastIndexOf(".");
  const signature = value.slice(dot + 1);
  if (dot < 1 || signature.length !== signatureCharacters || !signature.endsWith("=")) {
    return undefined;
  }
  let bytes: string;
  try {
    bytes = atob(signature);
  } catch {
    return undefined;
  }
  const mac = Uint8Array.from(bytes, (character) => character.charCodeAt(0));
  const signed = value.slice(0, dot);
  return (await crypto.subtle.verify(algorithm, key, mac, encoder.encode(signed)))
    ? signed
    : undefined;
}

/** @returns the value of a cookie whose signature covers its name (cookies/named-signatures.ts), without the signature. */
export async function readNamed(
  name: string,
  value: string,
  signer: Signer,
): Promise<string | undefined> {
  const dot = value.lastIndexOf(".");
  if (dot < 1) return undefined;
  const signed = value.slice(0, dot);
  return (await signer.verify(name, signed, value.slice(dot + 1))) ? signed : undefined;
}
