/** Compares the role of a membership with a role name. */

/** True if `role`, which is one name or a comma-separated list, contains `wanted`. */
export const hasRole = (role: string, wanted: string) =>
  role.split(",").some((name) => name.trim() === wanted);
