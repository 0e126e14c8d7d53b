/**
 * The one rule for email addresses: what HTML accepts in `<input type="email">`, with letters of every script (RFC 6531) and a
 * dot in the domain. Two spellings that look or become alike would be two accounts, or somebody else's account, so an
 * address is in Unicode's form NFKC, and no letter of it becomes an ASCII letter when it is made lower-case.
 */

const local = /^[\p{L}\p{M}\p{N}.!#$%&'*+/=?^_`{|}~-]{1,64}$/u;
const label = /^[\p{L}\p{N}](?:[\p{L}\p{M}\p{N}-]{0,61}[\p{L}\p{M}\p{N}])?$/u;
const limitCharacters = 254;

export function isEmailAddress(text: string): boolean {
  if (text.length > limitCharacters || text.normalize("NFKC") !== text) return false;
  const at = text.lastIndexOf("@");
  const labels = text.slice(at + 1).split(".");
  return (
    at !== -1 &&
    local.test(text.slice(0, at)) &&
    labels.length > 1 &&
    labels.every((one) => label.test(one)) &&
    !becomesAscii(text)
  );
}

/** `\u212A` (KELVIN SIGN) becomes a `k`. */
function becomesAscii(text: string): boolean {
  return Array.from(text).some(
    (character) => /[^\p{ASCII}]/u.test(character) && /\p{ASCII}/u.test(character.toLowerCase()),
  );
}
