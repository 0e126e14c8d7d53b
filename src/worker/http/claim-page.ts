/**
 * `GET /claim` is the page that a claim link opens. The token is in the link's fragment, so it reaches no server and no
 * log. The page works without a deployed console, because the first platform admin is needed before anything else. It ends
 * with a link to the console's sign-in.
 */

import { ownPage } from "./own-page.ts";

const script = `
  const form = document.querySelector("form");
  const fields = document.querySelector("fieldset");
  let signedIn = false;
  if (token === null) {
    form.hidden = true;
    show("This link is incomplete. Use the whole link that provisioning printed.");
  } else {
    fetch("/api/auth/session").then((response) => response.json()).then(({ session, user }) => {
      if (!session) return;
      signedIn = true;
      fields.disabled = true;
      fields.hidden = true;
      button.textContent = "Make " + user.email + " the platform admin";
    }).catch(() => {});
  }
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const account = Object.fromEntries(new FormData(form));
    post("/api/auth/platform/claim", signedIn ? { token } : { token, account }, ({ user }) => {
      form.hidden = true;
      show(user.email + " is now the platform admin." + (signedIn ? "" : " Sign in to continue."));
      if (signedIn) consoleLink.textContent = "Open the console";
    });
  });
`;

interface ClaimPageOptions {
  /** In characters. */
  minPasswordLength: number;
  /** The console's page, for somebody who has just made an account. */
  signInUrl: string;
}

export function claimPage({ minPasswordLength, signInUrl }: ClaimPageOptions): Response {
  return ownPage({
    title: "Claim this platform",
    content: `<p>You will become its first platform admin. The link works only once.</p>
<form>
<fieldset>
<label>Name<input name="name" required maxlength="256" autocomplete="name"></label>
<label>Email<input name="email" type="email" required maxlength="254" autocomplete="username"></label>
<label>Password<input name="password" type="password" required minlength="${minPasswordLength}" maxlength="128" autocomplete="new-password" aria-describedby="length"></label>
<small id="length">At least ${minPasswordLength} characters.</small>
</fieldset>
<button>Claim</button>
</form>`,
    link: { href: signInUrl, text: "Sign in at the console" },
    script,
  });
}
