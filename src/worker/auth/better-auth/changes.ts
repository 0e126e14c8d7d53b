/**
 * The register of every change that this template makes to Better Auth's own behaviour. Each entry says why the change
 * exists and which part of Better Auth's source it relies on, so that raising the version means going down this list.
 *
 * Every entry has a test in `test/worker/auth/better-auth/`. Where a change answers a call of Better Auth's, it also checks
 * at run time that the call came: if it did not, the request fails with `UPSTREAM_CHANGED` instead of going on without the
 * change. Options and hooks that Better Auth documents are not changes; they stand in `auth.ts` and in the plugins.
 */

export interface Change {
  /** What would go wrong without it. */
  because: string;
  /** The package, version, file and behaviour that it relies on. */
  standsOn: string;
}

export const changes = {
  confirmAddressByProof: {
    because:
      "a mailed link is also followed by mail scanners and by people who never signed up: following it must not confirm the address, only leave a proof in that browser",
    standsOn:
      "better-auth 1.7.25 api/routes/email-verification.mjs: verifyEmail reads the user with internalAdapter.findUserByEmail and confirms with updateUserByEmail",
  },
  refuseEndedAddressChange: {
    because:
      "a link that moves an account to another address is a token which works until it expires; a change that was ended must not work",
    standsOn:
      "better-auth 1.7.25 api/routes/email-verification.mjs: verifyEmail reads the user of a token with `updateTo` before it acts on it; the claims userId, email and updateTo",
  },
  moveAddressOnce: {
    because: "of two requests with one link, a single one may move the account",
    standsOn:
      'better-auth 1.7.25 api/routes/email-verification.mjs: verifyEmail moves the account with one write that sets `email`; the literal requestType "change-email-confirmation", for which nothing is moved',
  },
  confirmAddressAtProvider: {
    because:
      "signing in at a connected provider, in the browser that followed the mailed link, confirms the account's address",
    standsOn:
      "better-auth 1.7.25 oauth2/link-account.mjs: handleOAuthUserInfo reads the account and its user before it asks whether the address is confirmed; the error code email_not_verified",
  },
  hideAccountOfUnprovenAddress: {
    because:
      "a provider's user can type anybody's address: the answer must not tell whether it has an account here",
    standsOn:
      "better-auth 1.7.25 oauth2/link-account.mjs: handleOAuthUserInfo refuses an address that it found without a connected account as account_not_linked, a literal, and one without an account as email_not_verified",
  },
  verifyProviderIdToken: {
    because:
      "OpenID Connect Core 1.0 section 3.1.3.7: an ID token is verified and belongs to this sign-in; Better Auth decodes those that come with a code, and sends no nonce",
    standsOn:
      "better-auth 1.7.25 api/routes/callback.mjs and oauth2/callback.mjs: a sign-in calls the provider's createAuthorizationURL and getUserInfo, with expectedIdTokenNonce",
  },
  finishProviderSignInOnce: {
    because:
      "the state of a sign-in is in a cookie, so that strangers fill no table; a row makes it work once",
    standsOn:
      "better-auth 1.7.25 oauth2/callback.mjs: a sign-in calls the provider's validateAuthorizationCode with the PKCE verifier, and getOAuthState tells the server context",
  },
  requireProvenProviderAddress: {
    because:
      "an address that the provider does not vouch for must be confirmed by mail before it signs in",
    standsOn:
      "better-auth 1.7.25 oauth2/link-account.mjs: handleOAuthUserInfo honours the provider's options.requireEmailVerification, and calls its getUserInfo",
  },
  readAccountAtProvider: {
    because:
      "Better Auth reads Google's account from the ID token of the sign-in, which is not kept; /account-info would always fail",
    standsOn:
      "better-auth 1.7.25 api/routes/account.mjs: accountInfo calls the provider's getUserInfo with the access token",
  },
  tellUnavailableAccountInfo: {
    because: "a provider that does not answer is no reason to treat the caller as signed out (401)",
    standsOn:
      "better-auth 1.7.25 api/routes/account.mjs: accountInfo answers 401 FAILED_TO_GET_USER_INFO for it",
  },
  confirmAddressBySignIn: {
    because:
      "the right password, in the browser that followed the mailed link, confirms the account's address",
    standsOn:
      "better-auth 1.7.25 api/routes/sign-in.mjs: signInEmail checks the password first, and then refuses an unconfirmed address as EMAIL_NOT_VERIFIED",
  },
  hideUnconfirmedAddress: {
    because:
      "OWASP ASVS 5.0 section 6.3.8: somebody who signs up with a stranger's address must not learn from a sign-in whether that made an account",
    standsOn:
      "better-auth 1.7.25 api/routes/sign-in.mjs: signInEmail refuses the right password of an unconfirmed address as EMAIL_NOT_VERIFIED",
  },
  takeCodeAtSignIn: {
    because:
      "an owner whose tries strangers have used up signs in with a code of the second factor beside the password",
    standsOn: "better-auth 1.7.25 api/routes/sign-in.mjs: the body of signInEmail has no `code`",
  },
  takeCodeToWeakenFactor: {
    because:
      "a session and the password must not turn the second factor off, nor replace its backup codes: both take a code",
    standsOn:
      "better-auth 1.7.25 plugins/two-factor/index.mjs and backup-codes/index.mjs: the bodies of disableTwoFactor and generateBackupCodes have no `code`; both verify a password that the account has before they write twoFactorEnabled or backupCodes",
  },
  readOwnersAlone: {
    because:
      "Better Auth reads every member of a tenant, up to 10,000 rows, to see whether an owner is the last",
    standsOn:
      "better-auth 1.7.25 plugins/organization/routes/crud-members.mjs: leaveOrganization, updateMemberRole and removeMember list the members by organizationId alone",
  },
  readHoldersAlone: {
    because:
      "Better Auth reads every member who has a role, to see whether there is one, before the role is deleted",
    standsOn:
      "better-auth 1.7.25 plugins/organization/routes/crud-access-control.mjs: deleteOrgRole lists members by organizationId and `role contains`",
  },
  readPendingInvitationsAlone: {
    because: "Better Auth reads expired invitations too when it counts the pending ones",
    standsOn:
      "better-auth 1.7.25 plugins/organization/adapter.mjs: findPendingInvitations lists by organizationId and status; findPendingInvitation by email as well",
  },
  readInvitationsToShow: {
    because: "Better Auth reads every invitation that a tenant ever made",
    standsOn:
      "better-auth 1.7.25 plugins/organization/adapter.mjs: listInvitations lists by organizationId; findFullOrganization joins the invitations",
  },
  readOnePage: {
    because:
      "a list whose caller names no limit has 100 rows, as Better Auth documents; its limit without one is the limit of members here, 10,000",
    standsOn:
      "better-auth 1.7.25 plugins/organization: listMembers takes `limit`, getFullOrganization `membersLimit`; plugins/admin/routes.mjs: listUsers takes `limit`",
  },
  listOwnTenantsInPages: {
    because: "a user may be a member of any number of tenants, and Better Auth reads and sends all",
    standsOn:
      "better-auth 1.7.25 plugins/organization/adapter.mjs: listOrganizations lists the members by userId, with their organizations; its endpoint has no query",
  },
  countNoTenants: {
    because:
      "Better Auth reads every tenant of a user who makes another, for a limit that is not set; a trigger holds the limit",
    standsOn:
      "better-auth 1.7.25 plugins/organization/routes/crud-org.mjs: createOrganization takes the length of listOrganizations for organizationLimit alone",
  },
  showNewestInvitationsToUser: {
    because:
      "anybody can invite an address, and Better Auth reads every invitation that it ever had",
    standsOn:
      "better-auth 1.7.25 plugins/organization/adapter.mjs: listUserInvitations lists by email, and its endpoint leaves out those that are not pending",
  },
  keepActiveTenant: {
    because:
      "a link to a tenant that refuses the reader must not end their active tenant; a membership that ends does, by a trigger",
    standsOn:
      "better-auth 1.7.25 plugins/organization/routes/crud-org.mjs: getOrganization, getFullOrganization and setActiveOrganization set activeOrganizationId to null before they refuse somebody who is not a member",
  },
  limitInvitationMail: {
    because: "a tenant must not have mail sent to a stranger's address without end",
    standsOn:
      "better-auth 1.7.25 plugins/organization/routes/crud-invites.mjs: createInvitation creates the invitation, or sets the expiresAt of one by its id, before it sends the mail",
  },
  createTenantWithOwner: {
    because: "a tenant and its first owner are written together or not at all",
    standsOn:
      "better-auth 1.7.25 plugins/organization: createOrganization writes both with getCurrentAdapter, which a transaction replaces",
  },
  acceptInvitationAtOnce: {
    because:
      "Better Auth accepts the invitation first and adds the member after; a Worker that dies in between loses the member",
    standsOn:
      "better-auth 1.7.25 plugins/organization/routes/crud-invites.mjs: the path, method, body, answer and error codes of acceptInvitation, which is replaced",
  },
  showInvitationOfAnyInviter: {
    because:
      "Better Auth shows no invitation whose inviter is not a member, which a platform admin never is",
    standsOn:
      "better-auth 1.7.25 plugins/organization/routes/crud-invites.mjs: the path, method, query, answer and error codes of getInvitation, which is replaced",
  },
  removeUserAtOnce: {
    because:
      "Better Auth deletes sessions and accounts first; a refusal by the last-owner rule would leave a user who cannot sign in",
    standsOn:
      "better-auth 1.7.25 plugins/admin/routes.mjs: the path, method, body and answer of removeUser, which is replaced",
  },
  returnToOwnSession: {
    because:
      "an impersonation ends in the session that it began from and in no other, and leaves its event in the same batch",
    standsOn:
      "better-auth 1.7.25 plugins/admin/routes.mjs: the path, method and answer of stopImpersonating, which is replaced; impersonateUser's cookie admin_session",
  },
  leaveBansToTrigger: {
    because:
      "the admin plugin reads the user before a session is written, so that a ban between the two is missed; the trigger session_refuses_banned is not",
    standsOn:
      "better-auth 1.7.25 plugins/admin/admin.mjs: init adds databaseHooks.session.create.before, and nothing else to sessions",
  },
  challengeEverySignIn: {
    because:
      "Better Auth asks for the second factor on three password routes; social and other sign-ins would skip it",
    standsOn:
      'better-auth 1.7.25 plugins/two-factor/index.mjs: one after hook matches "/sign-in/email", takes the new session away and answers `twoFactorRedirect`, unless the device is trusted (cookie trust_device)',
  },
  readBearerBeforeRoute: {
    because:
      "rules that run before a route must see the session of a bearer token, which Better Auth translates for the route alone",
    standsOn:
      "better-auth 1.7.25 plugins/bearer/index.mjs: a before hook returns the translated headers as context.headers; api/dispatch.mjs gives other hooks the original ones",
  },
  readAddressesByOneRule: {
    because:
      "z.email() refuses addresses that people have, such as r&d@example.com and all that are not ASCII; one rule holds for forms, providers and plugins",
    standsOn:
      "zod 4.6 v4/core: z.email() asks regexes.email.test(); better-auth 1.7.25 asks z.email() without a pattern of its own wherever it takes an address",
  },
  recordRefusals: {
    because:
      "Better Auth runs no after hook when a before hook refuses; audit events of refusals would be missing",
    standsOn:
      "better-auth 1.7.25 api/dispatch.mjs: runBeforeHooks calls hook.handler and lets its error through",
  },
  buildRouterOnce: {
    because:
      "Better Auth's handler builds every endpoint and the router anew for each request, 0.55 ms of CPU",
    standsOn:
      "better-auth 1.7.25 auth/base.mjs and api/index.mjs: the handler calls router(context, options) and adds nothing but the trusted origins and the base URL",
  },
} as const satisfies Record<string, Change>;

export type ChangeName = keyof typeof changes;
