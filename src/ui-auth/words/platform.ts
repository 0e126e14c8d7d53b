/** Words of the administration of a platform. */
export const users = {
  title: "Users",
  list: "All users",
  searchLabel: "Search users by the start of email or name",
  empty: "No user matches.",
  banned: "Banned",
  unverified: "Unconfirmed",
  admin: "Platform admin",
  ban: "Ban",
  banTitle: (name: string) => `Ban ${name}?`,
  banText: "They are signed out everywhere, and cannot sign in until the ban is lifted.",
  reason: "Reason",
  unban: "Lift the ban",
  impersonate: "Act as this user",
  impersonateTitle: (name: string) => `Act as ${name}?`,
  impersonateText: "For one hour you see what they see. The audit log says so.",
  revoke: "Sign out everywhere",
  makeAdmin: "Make platform admin",
  makeAdminTitle: (name: string) => `Make ${name} a platform admin?`,
  makeAdminText: "Platform admins manage every user and every tenant of this platform.",
  makeUser: "Take platform admin away",
  makeUserTitle: (name: string) => `Take platform admin away from ${name}?`,
  makeUserText: "They keep their account and their tenants, and manage nobody else's.",
  done: (name: string) => `Done: ${name}.`,
};

export const impersonation = {
  banner: (name: string, email: string) => `You act as ${name} (${email})`,
  stop: "Stop",
  label: "Impersonation",
};

export const adminTenants = {
  title: "Tenants",
  list: "All tenants",
  searchLabel: "Search tenants by the start of the name",
  empty: "No tenant matches.",
  tenant: "Tenant",
  rename: "Rename",
  renameTitle: (name: string) => `Rename ${name}`,
  members: "Members",
  membersOf: (name: string) => `Members of ${name}`,
  delete: "Delete",
  deleteTitle: (name: string) => `Delete ${name}?`,
  deleteText: "Its members, invitations and roles go with it. This cannot be undone.",
  done: (name: string) => `Done: ${name}.`,
};

export const claim = {
  title: "Claim this platform",
  text: "You become its first platform admin. The claim works once.",
  submit: "Claim",
  asUser: (email: string) => `Make ${email} the platform admin`,
  done: "The platform is yours",
  doneText: "Sign in to go on, and turn on two-factor authentication.",
  doneSignedIn: "You are a platform admin now. Turn on two-factor authentication next.",
  missing: "This link has no claim in it. Use the whole link that provisioning printed.",
};
