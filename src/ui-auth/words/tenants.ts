/** Words of the tenant switcher and of a tenant's settings. */
export const tenants = {
  switcher: (name: string) => `Tenant: ${name}`,
  personal: "No tenant",
  choose: "Choose a tenant",
  create: "New tenant",
  createTitle: "New tenant",
  createText: "You become its owner, and can invite others.",
  slug: "Short name",
  slugHint: "Lower-case letters, digits and dashes. Part of addresses.",
  submit: "Create tenant",
  switched: (name: string) => `${name} is the active tenant.`,
  nameTitle: "Name of the tenant",
  rename: "Rename",
  delete: "Delete tenant",
  deleteTitle: (name: string) => `Delete ${name}?`,
  deleteText: "Its members, invitations and roles go with it. This cannot be undone.",
};

export const policy = {
  title: "Sign-in policy",
  twoFactor: "Members must use two-factor authentication",
  twoFactorText: "Members who have none cannot open this tenant until they turn it on.",
};
