/**
 * `GET /sign-out-everywhere` is the page that the link in a mail about a new sign-in opens. Opening it ends nothing: scanners of
 * mails follow links, so a person has to press the button. The token is in the link's fragment, so it reaches no server and
 * no log. The page works without a deployed console.
 */
import { ownPage } from "./own-page.ts";

const script = `
  const explanation = document.querySelector("p");
  if (token === null) {
    button.hidden = true;
    show("This link is incomplete. Use the whole link from the mail.");
  }
  button.addEventListener("click", () => post("/api/auth/end-sessions", { token }, () => {
    explanation.hidden = true;
    button.hidden = true;
    show("All sessions of your account have ended. Somebody else may know your password, so choose a new one.");
  }));
`;

/** @param forgotPasswordUrl the console's page that mails a link for a new password. */
export function endSessionsPage({ forgotPasswordUrl }: { forgotPasswordUrl: string }): Response {
  return ownPage({
    title: "Sign out everywhere",
    content: `<p>If somebody else signed in to your account, end all its sessions. You will have to sign in again, too.</p>
<button type="button">End all sessions</button>`,
    link: { href: forgotPasswordUrl, text: "Choose a new password" },
    script,
  });
}
