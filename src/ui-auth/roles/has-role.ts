/** Reads the role of a membership, which may name several roles. */

/** Whether a membership's role, one name or several with commas between, is or contains `wanted`. */
export const hasRole = (role: string, wanted: string) =>
  role.split(",").some((name) => name.trim() === wanted);
