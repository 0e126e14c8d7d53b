/**
 * `GET /sign-out-everywhere` is the page that the link in a mail about a new sign-in opens. Opening it ends nothing: scanners of
 * mails follow links, so a person has to press the button. The token is in the link's fragment, so it reaches no server and
 * no log. The page works without a deployed console.
 */

const style = `
  :root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
  body { max-width: 400px; margin: 48px auto; padding: 0 20px; }
  h1 { font-size: 24px; line-height: 1.25; }
  [hidden] { display: none !important; }
  button, a { display: block; box-sizing: border-box; width: 100%; padding: 12px; font: inherit; font-weight: 600;
    text-align: center; text-decoration: none; color: #fff; background: #1d4ed8; border: 0; border-radius: 6px;
    cursor: pointer; }
  button:disabled { opacity: 0.6; cursor: progress; }
  :is(button, a):focus-visible { outline: 3px solid #60a5fa; outline-offset: 2px; }
  [role="status"] { min-height: 24px; margin-top: 16px; }
`;

const script = `
  const token = new URLSearchParams(location.hash.slice(1)).get("token");
  const status = document.querySelector("[role=status]");
  const button = document.querySelector("button");
  const consoleLink = document.querySelector("a");
  const show = (text) => { status.textContent = text; };
  if (token === null) {
    button.hidden = true;
    show("This link is incomplete. Use the whole link from the mail.");
  }
  button.addEventListener("click", async () => {
    button.disabled = true;
    show("");
    try {
      const response = await fetch("/api/auth/end-sessions", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ token }),
      });
      const body = await response.json();
      if (response.ok) {
        button.hidden = true;
        history.replaceState(null, "", location.pathname);
        show("Everybody is signed out of your account. Now choose a new password: the old one may be known.");
        consoleLink.hidden = false;
        status.focus();
        return;
      }
      show(body.message || "That did not work. Try again.");
    } catch {
      show("The server cannot be reached. Try again in a moment.");
    }
    button.disabled = false;
  });
`;

/** @param signInUrl the console's page, from which a new password can be asked for. */
export function endSessionsPage({ signInUrl }: { signInUrl: string }): Response {
  const nonce = crypto.randomUUID();
  const policy = [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    `style-src 'nonce-${nonce}'`,
    "connect-src 'self'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ];
  return new Response(
    `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Sign out everywhere</title>
<style nonce="${nonce}">${style}</style>
</head>
<body>
<main>
<h1>Sign out everywhere</h1>
<p>If somebody else signed in to your account, end all its sessions. You will have to sign in again, too.</p>
<button type="button">End all sessions</button>
<p role="status" tabindex="-1"></p>
<a href="${signInUrl}" hidden>Go to the console, and reset your password</a>
</main>
<script nonce="${nonce}">${script}</script>
</body>
</html>
`,
    {
      headers: {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Security-Policy": policy.join("; "),
        "Cache-Control": "no-store",
      },
    },
  );
}
