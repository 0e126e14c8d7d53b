/** Words of the tenant switcher and of a tenant's settings. */
export const tenants = {
  switcher: (name: string) => `Tenant: ${name}`,
  personal: "No tenant",
  choose: "Choose a tenant",
  create: "New tenant",
  createTitle: "New tenant",
  createText: "You become its owner and can invite others.",
  slug: "Short name",
  slugHint: "Lowercase letters, digits and hyphens. Used in URLs.",
  submit: "Create tenant",
  switched: (name: string) => `Switched to ${name}.`,
  nameTitle: "Tenant name",
  rename: "Rename",
  delete: "Delete tenant",
  deleteTitle: (name: string) => `Delete ${name}?`,
  deleteText: "This also deletes its memberships, invitations and roles. It cannot be undone.",
};

export const policy = {
  title: "Sign-in policy",
  twoFactor: "Require two-factor authentication for members",
  twoFactorText: "Members without it cannot open this tenant until they turn it on.",
};
