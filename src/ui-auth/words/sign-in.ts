/** Words of the pages that people see before they are signed in. */
export const signIn = {
  title: "Sign in",
  submit: "Sign in",
  remember: "Keep me signed in on this device",
  forgot: "Forgot password?",
  code: "Code from your authenticator app",
  codeHint: "With two-factor authentication, a code lets you sign in without waiting.",
  noAccount: "No account yet?",
  signUp: "Create one",
  with: (provider: string) => `Continue with ${provider}`,
};

export const signUp = {
  title: "Create your account",
  submit: "Create account",
  haveAccount: "Already have an account?",
  signIn: "Sign in",
  sentTitle: "Check your inbox",
  sent: (email: string) =>
    `We sent a link to ${email}. Open it, then sign in on the page that opens to confirm your email.`,
  resend: "Send the email again",
  resent: "Sent. It can take a minute to arrive. Check your spam folder too.",
};

export const verifyEmail = {
  checking: "Confirming your email",
  done: "Your email is confirmed",
  signedInText: "There is nothing else to do.",
  signInTitle: "Sign in to finish",
  signInText: (email: string) =>
    `The link is valid. Now sign in, in this browser, to show that the account for ${email} is yours. That confirms your email.`,
  notYours:
    "Did someone else sign up with your email, or have you forgotten the password? Choose a new password, which locks out anyone who knows the old one.",
  newPassword: "Choose a new password",
  signOutFirst: "Sign out and switch to that account",
  changeTitle: "One more step",
  changeText: (email: string) =>
    `We sent a second link to ${email}. Open it to finish changing your email.`,
  changedTitle: "Your email was changed",
  changedText: (email: string) => `Your account now uses ${email}.`,
  failed: "This link no longer works",
  failedText:
    "It was already used, has expired, or was replaced by a newer one. Request a new link. It arrives within a minute.",
  changeFailed: (email: string) =>
    `It was already used, has expired, or was replaced by a newer one. Check in your profile whether your email is already ${email}. If it is not, request the change again.`,
  resend: "Send a new link",
  resent: "If this email still needs to be confirmed, a new link is on its way.",
  missing: "This link is incomplete. Use the whole link from the email.",
};

export const forgotPassword = {
  title: "Reset your password",
  text: "Enter the email of your account. We will send you a link to choose a new password.",
  submit: "Send link",
  sentTitle: "Check your inbox",
  sent: (email: string) =>
    `If ${email} has an account, a link is on its way. It works once and expires after one hour.`,
};

export const resetPassword = {
  title: "Choose a new password",
  newPassword: "New password",
  submit: "Set password",
  doneTitle: "Your password was changed",
  done: "All your sessions were signed out. Sign in with your new password.",
  failed: "This link no longer works",
  failedText: "Reset links work once and expire after one hour.",
  again: "Request a new link",
};
