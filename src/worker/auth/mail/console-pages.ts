/** The pages of the console that the Worker sends people to, by mail or by redirect. They are not routes of the Worker. */
export const consolePages = {
  home: "/",
  signIn: "/sign-in",
  twoFactor: "/two-factor",
  verifyEmail: "/verify-email",
  forgotPassword: "/forgot-password",
  resetPassword: "/reset-password",
  acceptInvitation: "/accept-invitation",
  /** Shows what went wrong where Better Auth has no page to go back to. */
  error: "/auth-error",
} as const;
