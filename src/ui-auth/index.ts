/** Components for signing in, two-factor authentication, profiles, tenants and the administration of a platform. */
export { readDestination } from "./host/destination.ts";
export { UiAuthProvider, type Paths, type UiAuthProviderProps } from "./host/provider.tsx";
export { english, type Messages, type PartialMessages } from "./words/messages.ts";
export { SignIn, type SignInProps } from "./sign-in/sign-in.tsx";
export { SignUp } from "./sign-in/sign-up.tsx";
export { VerifyEmail } from "./email-address/verify-email.tsx";
export { ForgotPassword } from "./passwords/forgot-password.tsx";
export { ResetPassword } from "./passwords/reset-password.tsx";
export { TwoFactorChallenge, type TwoFactorChallengeProps } from "./two-factor/challenge.tsx";
export { TwoFactorEnrolment } from "./two-factor/enrolment.tsx";
export { ClaimPlatform } from "./platform/claim-platform.tsx";
export { ChangeEmail } from "./email-address/change-email.tsx";
export { ChangePassword } from "./passwords/change-password.tsx";
export { Profile } from "./account/profile.tsx";
export { ProfileDetails } from "./account/profile-details.tsx";
export { Sessions } from "./account/sessions.tsx";
export { ConnectedAccounts } from "./account/connected-accounts.tsx";
export { DeleteAccount } from "./account/delete-account.tsx";
export { ExportData } from "./account/export-data.tsx";
export { TenantSwitcher } from "./tenants/tenant-switcher.tsx";
export { Members } from "./members/members.tsx";
export { TenantRoles } from "./roles/tenant-roles.tsx";
export { TenantAuditLog } from "./audit/tenant-audit-log.tsx";
export { AcceptInvitation } from "./invitations/accept-invitation.tsx";
export {
  ImpersonationBanner,
  type ImpersonationBannerProps,
} from "./platform/impersonation-banner.tsx";
export { Users, type UsersProps } from "./platform/users.tsx";
export { Tenants } from "./platform/tenants.tsx";
export { AuditLog, type AuditLogProps } from "./audit/audit-log.tsx";
