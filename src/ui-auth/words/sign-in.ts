/** Words of the pages before anybody is signed in. */
export const signIn = {
  title: "Sign in",
  submit: "Sign in",
  remember: "Keep me signed in on this device",
  forgot: "Forgot password?",
  code: "Code from your authenticator app",
  codeHint: "With two-factor authentication you need not wait.",
  noAccount: "No account yet?",
  signUp: "Create one",
  with: (provider: string) => `Continue with ${provider}`,
};

export const signUp = {
  title: "Create your account",
  submit: "Create account",
  haveAccount: "Have an account already?",
  signIn: "Sign in",
  sentTitle: "Check your inbox",
  sent: (email: string) =>
    `We have sent a link to ${email}. Open it, then sign in where it opens: that confirms the address.`,
  resend: "Send the mail again",
  resent: "Sent. It can take a minute to arrive; look into the spam folder too.",
};

export const verifyEmail = {
  checking: "Confirming your address",
  done: "Your address is confirmed",
  signedInText: "Nothing else is left to do.",
  signInTitle: "Sign in to finish",
  signInText: (email: string) =>
    `The link works. Sign in here, in this browser, to show that the account of ${email} is yours: that confirms the address.`,
  notYours:
    "Did you not sign up yourself, or do you not know the password? Choose a new one: whoever signed up with your address is then shut out.",
  newPassword: "Choose a new password",
  signOutFirst: "Sign out, and in with that account",
  changeTitle: "One more step",
  changeText: (email: string) =>
    `We have sent a second link to ${email}. Open it to finish the change of address.`,
  changedTitle: "Your address was changed",
  changedText: (email: string) => `Your account belongs to ${email} from now on.`,
  failed: "This link does not work any more",
  failedText: "It is used, replaced or expired. Ask for a new one; it arrives within a minute.",
  changeFailed: (email: string) =>
    `It is used, replaced or expired. See in your profile whether your address is ${email} already; if not, ask for the change again.`,
  resend: "Send a new link",
  resent: "If this address waits for confirmation, a new link is on its way.",
  missing: "This address has no token in it. Use the whole link of the mail.",
};

export const forgotPassword = {
  title: "Reset your password",
  text: "Enter the address of your account. We send a link to choose a new password.",
  submit: "Send link",
  sentTitle: "Check your inbox",
  sent: (email: string) =>
    `If ${email} has an account, a link is on its way. It works once, for one hour.`,
};

export const resetPassword = {
  title: "Choose a new password",
  newPassword: "New password",
  submit: "Set password",
  doneTitle: "Your password was changed",
  done: "All other sessions were signed out. Sign in with the new password.",
  failed: "This link does not work any more",
  failedText: "Reset links work once, for one hour.",
  again: "Ask for a new link",
};
