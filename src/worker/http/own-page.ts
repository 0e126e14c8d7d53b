/**
 * Frame of the pages that the auth host serves itself, for links that have to work without a deployed console. Everything is
 * inline under a nonce: no page loads anything from elsewhere, and none can be framed.
 */

const style = `
  :root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
  html { color: CanvasText; background: Canvas; }
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

/** What the scripts of all pages begin with: the link's token, the status line, and a POST whose failures it shows. */
const commonScript = `
  const token = new URLSearchParams(location.hash.slice(1)).get("token");
  const status = document.querySelector("[role=status]");
  const button = document.querySelector("button");
  const consoleLink = document.querySelector("a");
  const show = (text) => { status.textContent = text; };
  const post = async (path, given, onSuccess) => {
    button.disabled = true;
    show("");
    try {
      const response = await fetch(path, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(given),
      });
      const body = await response.json();
      if (response.ok) {
        history.replaceState(null, "", location.pathname);
        onSuccess(body);
        consoleLink.hidden = false;
        status.focus();
        return;
      }
      show(body.message || "That did not work. Try again.");
    } catch {
      show("The server cannot be reached. Try again in a moment.");
    }
    button.disabled = false;
  };
`;

interface OwnPage {
  title: string;
  /** HTML between the heading and the status line. */
  content: string;
  /** The link into the console, shown once the page has done its work. */
  link: { href: string; text: string };
  script: string;
}

/** @returns the page. Every part is the Worker's own text, not a user's: nothing is escaped. */
export function ownPage({ title, content, link, script }: OwnPage): Response {
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
<title>${title}</title>
<style nonce="${nonce}">${style}</style>
</head>
<body>
<main>
<h1>${title}</h1>
${content}
<p role="status" tabindex="-1"></p>
<a href="${link.href}" hidden>${link.text}</a>
</main>
<script nonce="${nonce}">${commonScript}${script}</script>
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
