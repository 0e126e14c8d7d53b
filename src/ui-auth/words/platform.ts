/** Words of the administration of a platform. */
export const users = {
  title: "Users",
  list: "All users",
  searchLabel: "Search users by start of name or email",
  empty: "No users found.",
  banned: "Banned",
  unverified: "Unconfirmed",
  admin: "Platform admin",
  ban: "Ban",
  banTitle: (name: string) => `Ban ${name}?`,
  banText: "They are signed out everywhere and cannot sign in until they are unbanned.",
  reason: "Reason",
  unban: "Unban",
  impersonate: "Impersonate",
  impersonateTitle: (name: string) => `Impersonate ${name}?`,
  impersonateText: "For one hour, you see what they see. The audit log records it.",
  revoke: "Sign out everywhere",
  makeAdmin: "Make platform admin",
  makeAdminTitle: (name: string) => `Make ${name} a platform admin?`,
  makeAdminText: "Platform admins manage every user and every tenant of this platform.",
  makeUser: "Remove platform admin role",
  makeUserTitle: (name: string) => `Remove the platform admin role from ${name}?`,
  makeUserText: "They keep their account and their tenants, but can no longer manage others.",
  done: (name: string) => `Done: ${name}.`,
};

export const impersonation = {
  banner: (name: string, email: string) => `You are impersonating ${name} (${email})`,
  stop: "Stop",
  label: "Impersonation",
};

export const adminTenants = {
  title: "Tenants",
  list: "All tenants",
  searchLabel: "Search tenants by start of name",
  empty: "No tenants found.",
  tenant: "Tenant",
  rename: "Rename",
  renameTitle: (name: string) => `Rename ${name}`,
  members: "Members",
  membersOf: (name: string) => `Members of ${name}`,
  delete: "Delete",
  deleteTitle: (name: string) => `Delete ${name}?`,
  deleteText: "This also deletes its memberships, invitations and roles. It cannot be undone.",
  done: (name: string) => `Done: ${name}.`,
};

export const claim = {
  title: "Claim this platform",
  text: "You become its first platform admin. The link works once.",
  submit: "Claim",
  asUser: (email: string) => `Make ${email} the platform admin`,
  done: "The platform is yours",
  doneText: "Sign in to continue, then turn on two-factor authentication.",
  doneSignedIn: "You are now a platform admin. Turn on two-factor authentication next.",
  missing: "This link is incomplete. Use the whole link that provisioning printed.",
};
