/**
 * The one rule for the names of roles. A membership holds a list of names with commas between, which Better Auth splits
 * and trims, the triggers search, and JavaScript looks up in plain objects. A name is one that all three read alike. The
 * triggers `*_role_name*` in `db/rules.sql` enforce the same rule.
 */
const pattern = /^[A-Za-z0-9_-]{1,64}$/;

export const roleNameRule =
  "A role name may contain only ASCII letters, digits, hyphens and underscores, has at most 64 characters, and is not the name of a property that every JavaScript object has.";

const inherited = new Set(
  Object.getOwnPropertyNames(Object.prototype).map((name) => name.toLowerCase()),
);

export function isRoleName(name: string): boolean {
  return pattern.test(name) && !isInherited(name);
}

/** Better Auth makes the name of a new role lower-case, so a name counts in any case. */
export function isInherited(name: string): boolean {
  return inherited.has(name.toLowerCase());
}
