/**
 * Recognises the passwords that an attacker tries first: common ones, those made of the account's own words, and
 * sequences of characters. NIST SP 800-63B-4 section 3.1.1.2 asks for a blocklist of common words, repetitive or
 * sequential characters, and words of the context such as the user's name, "and derivatives thereof". There are no
 * composition rules.
 */
import { commonPasswords } from "./common-passwords.ts";

let common: Set<string> | undefined;

/** Shorter words occur in many passwords by chance, and are ignored. */
const shortestWord = 4;
/** The characters that a password needs besides the account's own words. */
const minOtherCharacters = 8;
/** The share of neighbouring steps, from one character to the next, that makes a password a sequence. */
const sequenceShare = 0.8;

/** @param personal words that an attacker knows: the email address, the name, the platform. */
export function isGuessable(password: string, personal: readonly string[]): boolean {
  const folded = password.normalize("NFKC").toLowerCase();
  common ??= new Set(commonPasswords.trim().split(/\s+/));
  const letters = folded.replaceAll(/^[^\p{L}]+|[^\p{L}]+$/gu, "");
  const forms = [folded, letters].flatMap((form) => [form, repeatedUnit(form)]);
  if (forms.some((form) => common?.has(form) === true)) return true;
  return isSequence(folded) || isMostly(folded, personal);
}

/** Returns `abc` for `abcabcabc`, and the whole text if it is not a repetition. */
function repeatedUnit(text: string): string {
  const again = (text + text).indexOf(text, 1);
  return again === -1 ? text : text.slice(0, again);
}

/** True for texts such as `aaaaaa`, `abcdef`, `98765` and `1234567890123`. */
function isSequence(text: string): boolean {
  const points = Array.from(text, (character) => character.codePointAt(0) ?? 0);
  const steps = points.slice(1).map((point, index) => Math.abs(point - (points[index] ?? 0)));
  // The step between 9 and 0 is 9.
  const near = steps.filter((step) => step <= 1 || step === 9).length;
  return steps.length > 0 && near / steps.length >= sequenceShare;
}

function isMostly(folded: string, personal: readonly string[]): boolean {
  const words = personal
    .flatMap((word) => [word, ...word.split(/[\s@]+/), word.replaceAll(/\s+/g, "")])
    .map((word) => word.normalize("NFKC").toLowerCase())
    .filter((word) => word.length >= shortestWord)
    .sort((one, other) => other.length - one.length);
  const rest = words.reduce((text, word) => text.replaceAll(word, ""), folded);
  return rest !== folded && Array.from(rest).length < minOtherCharacters;
}
