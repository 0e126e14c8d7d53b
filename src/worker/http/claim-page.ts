/**
 * `GET /claim` is the page that a claim link opens. The token is in the link's fragment, so it reaches no server and no
 * log. The page works without a deployed console, because the first platform admin is needed before anything else. It ends
 * with a link to the console's sign-in.
 */

const style = `
  :root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
  body { max-width: 400px; margin: 48px auto; padding: 0 20px; }
  h1 { font-size: 24px; line-height: 1.25; }
  fieldset { all: unset; display: block; }
  [hidden] { display: none !important; }
  label { display: block; margin: 16px 0; font-weight: 600; }
  input { display: block; box-sizing: border-box; width: 100%; margin-top: 4px; padding: 10px 12px; font: inherit;
    border: 1px solid #8c959f; border-radius: 6px; }
  small { display: block; margin: -12px 0 16px; }
  button, a { display: block; box-sizing: border-box; width: 100%; padding: 12px; font: inherit; font-weight: 600;
    text-align: center; text-decoration: none; color: #fff; background: #1d4ed8; border: 0; border-radius: 6px;
    cursor: pointer; }
  button:disabled { opacity: 0.6; cursor: progress; }
  :is(input, button, a):focus-visible { outline: 3px solid #60a5fa; outline-offset: 2px; }
  [role="status"] { min-height: 24px; margin-top: 16px; }
`;

const script = `
  const token = new URLSearchParams(location.hash.slice(1)).get("token");
  const form = document.querySelector("form");
  const fields = document.querySelector("fieldset");
  const status = document.querySelector("[role=status]");
  const button = document.querySelector("button");
  const consoleLink = document.querySelector("a");
  const show = (text) => { status.textContent = text; };
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
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    button.disabled = true;
    show("");
    const account = Object.fromEntries(new FormData(form));
    try {
      const response = await fetch("/api/auth/platform/claim", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(signedIn ? { token } : { token, account }),
      });
      const body = await response.json();
      if (response.ok) {
        form.hidden = true;
        history.replaceState(null, "", location.pathname);
        show(body.user.email + " is now the platform admin." + (signedIn ? "" : " Sign in to continue."));
        consoleLink.hidden = false;
        if (signedIn) consoleLink.textContent = "Open the console";
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

interface ClaimPageOptions {
  /** In characters. */
  minPasswordLength: number;
  /** The console's page, for somebody who has just made an account. */
  signInUrl: string;
}

export function claimPage({ minPasswordLength, signInUrl }: ClaimPageOptions): Response {
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
<title>Claim this platform</title>
<style nonce="${nonce}">${style}</style>
</head>
<body>
<main>
<h1>Claim this platform</h1>
<p>You will become its first platform admin. The link works only once.</p>
<form>
<fieldset>
<label>Name<input name="name" required maxlength="256" autocomplete="name"></label>
<label>Email<input name="email" type="email" required maxlength="254" autocomplete="username"></label>
<label>Password<input name="password" type="password" required minlength="${minPasswordLength}" maxlength="128" autocomplete="new-password" aria-describedby="length"></label>
<small id="length">At least ${minPasswordLength} characters.</small>
</fieldset>
<button>Claim</button>
</form>
<p role="status" tabindex="-1"></p>
<a href="${signInUrl}" hidden>Sign in at the console</a>
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
