/** Words that many components share. */
export const common = {
  email: "Email",
  password: "Password",
  name: "Name",
  cancel: "Cancel",
  close: "Close",
  save: "Save",
  saved: "Saved.",
  retry: "Try again",
  loading: "Loading",
  show: "Show",
  hide: "Hide",
  showPassword: "Show password",
  hidePassword: "Hide password",
  copy: "Copy",
  copied: "Copied",
  backToSignIn: "Back to sign in",
  continue: "Continue",
  loadMore: "Load more",
  toProfile: "Go to your profile",
  found: (count: number, more: boolean) => {
    if (more) return `${count} results loaded. There are more.`;
    return count === 1 ? "1 result." : `${count} results.`;
  },
  actions: (name: string) => `Actions for ${name}`,
  passwordHint: (length: number) => `At least ${length} characters.`,
  or: "or",
};
