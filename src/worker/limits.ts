/** How much one account or one tenant may have: the owner's option `limits`, with its defaults. */

export interface Limits {
  /** Tenants that one user may own. Platform admins may own more. Default: 20. */
  tenantsPerOwner: number;
  /** Members of one tenant. Default: 10,000. */
  membersPerTenant: number;
  /** Roles that one tenant may define for itself. Default: 50. */
  rolesPerTenant: number;
  /** Pending invitations of one tenant. Platform admins may invite more. Default: 100. */
  pendingInvitationsPerTenant: number;
  /** Sessions of one user. A further sign-in ends the one that was used longest ago. Default: 100. */
  sessionsPerUser: number;
  /** Size of a tenant's metadata, as JSON. Default: 8 KiB. */
  tenantMetadataBytes: number;
  /** Size of a tenant's logo and of a user's image, if they are data and no link. Default: 8 KiB. */
  pictureBytes: number;
  /**
   * How often in 24 hours one user may use each route that leaves an event in the audit log. Platform admins may use it
   * more often. Default: 500.
   */
  changesPerDay: number;
}

const defaults: Limits = {
  tenantsPerOwner: 20,
  membersPerTenant: 10_000,
  rolesPerTenant: 50,
  pendingInvitationsPerTenant: 100,
  sessionsPerUser: 100,
  tenantMetadataBytes: 8 * 1024,
  pictureBytes: 8 * 1024,
  changesPerDay: 500,
};

/** @throws {RangeError} when a limit is not a whole number from 1 to a million. */
export function readLimits(chosen: Partial<Limits> = {}): Limits {
  const limits = { ...defaults, ...chosen };
  for (const [name, value] of Object.entries(limits)) {
    if (!Number.isInteger(value) || value < 1 || value > 1_000_000) {
      throw new RangeError(`limits.${name} must be a whole number from 1 to 1,000,000`);
    }
  }
  return limits;
}
