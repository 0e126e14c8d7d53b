/** Components for signing in, two-factor authentication, profiles, tenants and the administration of a platform. */
export {
  readDestination,
  UiAuthProvider,
  type Paths,
  type UiAuthProviderProps,
} from "./provider.tsx";
export { english, type Messages, type PartialMessages } from "./messages.ts";
export { SignIn, type SignInProps } from "./sign-in.tsx";
export { SignUp } from "./sign-up.tsx";
export { VerifyEmail } from "./verify-email.tsx";
export { ForgotPassword } from "./forgot-password.tsx";
export { ResetPassword } from "./reset-password.tsx";
export { TwoFactorChallenge, type TwoFactorChallengeProps } from "./two-factor-challenge.tsx";
export { TwoFactorEnrolment } from "./two-factor-enrolment.tsx";
export { ClaimPlatform } from "./claim-platform.tsx";
export { ChangeEmail, ChangePassword, Profile, ProfileDetails } from "./profile.tsx";
export { Sessions } from "./sessions.tsx";
export { ConnectedAccounts } from "./connected-accounts.tsx";
export { DeleteAccount, ExportData } from "./personal-data.tsx";
export { TenantSwitcher } from "./tenant-switcher.tsx";
export { Members } from "./members.tsx";
export { TenantRoles } from "./tenant-roles.tsx";
export { TenantAuditLog } from "./tenant-audit-log.tsx";
export { AcceptInvitation } from "./accept-invitation.tsx";
export { ImpersonationBanner, type ImpersonationBannerProps } from "./impersonation-banner.tsx";
export { Users, type UsersProps } from "./users.tsx";
export { Tenants } from "./tenants.tsx";
export { AuditLog, type AuditLogProps } from "./audit-log.tsx";
