/**
 * Passwords that are guessed first: common ones, those made of the account's own words, and runs of neighbours. NIST
 * SP 800-63B-4 section 3.1.1.2: the blocklist has common words, repetitive or sequential characters, and words of the
 * context such as the user's name, "and derivatives thereof". There are no composition rules.
 */
import { commonPasswords } from "./common-passwords.ts";

let common: Set<string> | undefined;

/** Shorter words say nothing about what is around them. */
const shortestWord = 4;
/** What has to be there besides the account's own words. */
const leastOfOne = 8;
/** Of the steps from one character to the next, how many make a run. */
const runShare = 0.8;

/** @param personal words that an attacker knows: the address, the name, the platform. */
export function isGuessable(password: string, personal: readonly string[]): boolean {
  const folded = password.normalize("NFKC").toLowerCase();
  common ??= new Set(commonPasswords.trim().split(/\s+/));
  const letters = folded.replaceAll(/^[^\p{L}]+|[^\p{L}]+$/gu, "");
  const forms = [folded, letters].flatMap((form) => [form, repeatedUnit(form)]);
  if (forms.some((form) => common?.has(form) === true)) return true;
  return isRun(folded) || isMadeOf(folded, personal);
}

/** `abc` of `abcabcabc`; the whole where nothing is repeated. */
function repeatedUnit(text: string): string {
  const again = (text + text).indexOf(text, 1);
  return again === -1 ? text : text.slice(0, again);
}

/** `aaaaaa`, `abcdef`, `98765`, `1234567890123`: mostly neighbours. */
function isRun(text: string): boolean {
  const points = Array.from(text, (character) => character.codePointAt(0) ?? 0);
  const steps = points.slice(1).map((point, index) => Math.abs(point - (points[index] ?? 0)));
  // From 9 to 0 and back the step is 9.
  const near = steps.filter((step) => step <= 1 || step === 9).length;
  return steps.length > 0 && near / steps.length >= runShare;
}

function isMadeOf(folded: string, personal: readonly string[]): boolean {
  const words = personal
    .flatMap((word) => [word, ...word.split(/[\s@]+/), word.replaceAll(/\s+/g, "")])
    .map((word) => word.normalize("NFKC").toLowerCase())
    .filter((word) => word.length >= shortestWord)
    .sort((one, other) => other.length - one.length);
  const rest = words.reduce((text, word) => text.replaceAll(word, ""), folded);
  return rest !== folded && Array.from(rest).length < leastOfOne;
}
