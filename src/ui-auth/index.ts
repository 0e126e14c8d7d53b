/** Components for signing in, two-factor authentication, profiles, tenants and the administration of a platform. */
export { UiAuthProvider, type Paths, type UiAuthProviderProps } from "./provider.tsx";
export { english, type Messages, type PartialMessages } from "./messages.ts";
export { SignIn, type SignInProps } from "./sign-in.tsx";
export { SignUp } from "./sign-up.tsx";
export { VerifyEmail } from "./verify-email.tsx";
export { ForgotPassword } from "./forgot-password.tsx";
export { ResetPassword } from "./reset-password.tsx";
export { TwoFactorChallenge, type TwoFactorChallengeProps } from "./two-factor-challenge.tsx";
export { TwoFactorEnrolment } from "./two-factor-enrolment.tsx";
export { ClaimPlatform } from "./claim-platform.tsx";
