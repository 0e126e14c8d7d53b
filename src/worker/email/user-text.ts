/**
 * Makes text harmless that users chose and the platform repeats to others: names of people, tenants and roles. A mail of the
 * platform must not carry a stranger's message.
 */

/** Longer names end in three dots. No sentence with a link to follow fits beside the words of a mail. */
const limitCharacters = 64;

/** Control characters, line and paragraph separators, and what turns the direction of text (Unicode UAX #9). */
const breaking = /[\p{Cc}\u2028\u2029\u200E\u200F\u061C\u202A-\u202E\u2066-\u2069]/u;
/** Characters that are not seen, or mean nothing. Joiners stay: names in Persian and in Indic scripts need them. */
const invisible = /(?![\u200C\u200D])[\p{Cf}\p{Co}\p{Cs}\p{Cn}]/gu;
/** A scheme, `www.`, a host with a port or a path, or an email address. */
const link =
  /[a-z][a-z0-9+.-]*:\/\/|\b(?:mailto|javascript|data|tel):\S|\bwww\.\S|[\p{L}\p{N}]\.\p{L}{2,}(?::\d|[/\\])|\S@[\p{L}\p{N}-]+\.\p{L}{2,}/iu;
/** A word that a mail program makes a link of, a bare host name included. */
const linkedWord = /\S*[\p{L}\p{N}_-](?:[.:@/\\。．｡]+[\p{L}\p{N}_-]+)+\S*/gu;

/**
 * Whether a name must not be stored. A bare host name may be a company's name, and titles such as "Dr.med." look like one,
 * so they are only made harmless where they are mailed.
 */
export function isNameRefused(name: string): boolean {
  return breaking.test(name) || link.test(name.normalize("NFKC"));
}

/** A name on one line, without invisible characters, of limited length, in which nothing is a link. */
export function harmless(text: string): string {
  const words = text
    .normalize("NFKC")
    .replace(/[\p{Cc}\p{Z}]+/gu, " ")
    .replace(invisible, "")
    .replace(linkedWord, (word) => word.replace(/[.:@/\\。．｡]+/gu, " "))
    .replace(/ +/g, " ")
    .trim();
  const characters = Array.from(words);
  if (characters.length <= limitCharacters) return words;
  return `${characters
    .slice(0, limitCharacters - 3)
    .join("")
    .trim()}...`;
}
