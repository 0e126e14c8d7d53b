/**
 * One signed cookie, read as better-call reads it but without taking the other cookies apart: 8 kB of them cost a search.
 * What better-call might read in another way (several cookies of one name, quotes, broken escapes) is `unusual`, and
 * left to it.
 */

import { plainValue } from "../cookies/request.ts";

/** A header in which the cookie is not plainly there or not there. */
export const unusual = Symbol("unusual");

const algorithm = { name: "HMAC", hash: "SHA-256" };
/** Base64 of the 32 bytes of an HMAC with SHA-256. */
const signatureCharacters = 44;
const encoder = new TextEncoder();

export async function importKey(secret: string): Promise<CryptoKey> {
  return crypto.subtle.importKey("raw", encoder.encode(secret), algorithm, false, ["verify"]);
}

/** The decoded value of the cookie `name`; undefined without one. */
export function readCookie(header: string, name: string): string | undefined | typeof unusual {
  const start = header.indexOf(name);
  if (start === -1) return undefined;
  const separator = start + name.length;
  if (header.indexOf(name, separator) !== -1 || header[separator] !== "=") return unusual;
  const startsHere =
    start === 0 ||
    header[start - 1] === ";" ||
    (header[start - 1] === " " && header[start - 2] === ";");
  if (!startsHere) return unusual;
  const end = header.indexOf(";", separator);
  const value = header.slice(separator + 1, end === -1 ? undefined : end);
  if (!plainValue.test(value)) return unusual;
  if (!value.includes("%")) return value;
  try {
    return decodeURIComponent(value);
  } catch {
    return unusual;
  }
}

/** What was signed with `key`; undefined when nothing was. Compares in constant time. */
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
