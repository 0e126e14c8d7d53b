/**
 * The frame of every page of a local run, in plain HTML and CSS. Everything that comes from a Worker is escaped, and nothing
 * is loaded from elsewhere. The policy in the header would hold even if an escape were forgotten.
 */

/** HTML that is safe to insert. Only `markup` makes it. */
export interface Html {
  readonly html: string;
}

/** A template for HTML. Values are escaped unless they are HTML themselves. */
export function markup(
  strings: TemplateStringsArray,
  ...values: (Html | readonly Html[] | string | number)[]
): Html {
  return {
    html: strings.reduce((text, part, index) => text + render(values[index - 1]) + part),
  };
}

function render(value: Html | readonly Html[] | string | number | undefined): string {
  if (value === undefined) return "";
  if (typeof value === "string" || typeof value === "number") return escape(String(value));
  return "html" in value ? value.html : value.map((item) => item.html).join("");
}

/** Text with clickable links. */
export function linkify(text: string): Html {
  return {
    html: escape(text).replace(
      /https?:\/\/[^\s<]+/g,
      (url) => `<a href="${url}" rel="noopener">${url}</a>`,
    ),
  };
}

function escape(value: string): string {
  return value
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");
}

const style = `
  :root {
    color-scheme: light dark;
    --ground: light-dark(#f6f7f9, #14161a);
    --surface: light-dark(#ffffff, #1c1f25);
    --line: light-dark(#dfe3e8, #30353d);
    --text: light-dark(#1b1f26, #e8eaee);
    --quiet: light-dark(#5b6472, #9aa3b2);
    --link: light-dark(#0b57d0, #8ab4f8);
    --good: light-dark(#176b3a, #6fd195);
    --bad: light-dark(#b3261e, #ff9d94);
    --busy: light-dark(#8a5300, #f5bd5e);
    font: 16px/1.5 system-ui, sans-serif;
  }
  * { box-sizing: border-box; }
  body { margin: 0; background: var(--ground); color: var(--text); }
  a { color: var(--link); overflow-wrap: anywhere; }
  a:focus-visible, summary:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; border-radius: 2px; }
  header, main { max-width: 60rem; margin: 0 auto; padding: 0 1rem; }
  header { display: flex; flex-wrap: wrap; gap: 0.25rem 1.5rem; align-items: baseline; padding-top: 1.5rem; }
  h1 { font-size: 1.375rem; margin: 0; flex: 1 1 auto; }
  h1 small { font: inherit; color: var(--quiet); font-weight: 400; }
  nav { display: flex; flex-wrap: wrap; gap: 0.25rem 1rem; }
  nav a[aria-current] { color: inherit; text-decoration: none; font-weight: 600; }
  main { padding-bottom: 4rem; }
  article { background: var(--surface); border: 1px solid var(--line); border-radius: 0.5rem; padding: 1rem 1.25rem; margin: 1rem 0; }
  article > :first-child { margin-top: 0; }
  article > :last-child { margin-bottom: 0; }
  h2 { font-size: 1.0625rem; margin: 0 0 0.25rem; overflow-wrap: anywhere; }
  .quiet { color: var(--quiet); font-size: 0.875rem; margin: 0; }
  .empty { padding: 2rem 0; color: var(--quiet); }
  pre { white-space: pre-wrap; overflow-wrap: anywhere; font: inherit; margin: 0.75rem 0; }
  code { font: 0.875em ui-monospace, monospace; overflow-wrap: anywhere; }
  dl { display: grid; grid-template-columns: 6.5rem 1fr; gap: 0.25rem 1rem; margin: 0.75rem 0; }
  dt { color: var(--quiet); }
  dd { margin: 0; min-width: 0; }
  summary { cursor: pointer; padding: 0.25rem 0; }
  summary .state { margin: 0 0.375rem; }
  details { border-top: 1px solid var(--line); padding-top: 0.5rem; margin-top: 0.75rem; }
  ol { list-style: none; margin: 0.5rem 0 0; padding: 0; }
  .step { display: grid; grid-template-columns: 5.5rem 1fr auto; gap: 0 0.75rem; padding: 0.375rem 0; border-top: 1px solid var(--line); }
  .step > * { min-width: 0; }
  .step p { grid-column: 2 / -1; margin: 0; font-size: 0.875rem; overflow-wrap: anywhere; }
  .state { font-weight: 600; font-size: 0.875rem; }
  .done { color: var(--good); }
  .failed, .abandoned { color: var(--bad); }
  .running { color: var(--busy); }
  .waiting, .skipped { color: var(--quiet); font-weight: 400; }
  .time { color: var(--quiet); font-size: 0.875rem; font-variant-numeric: tabular-nums; }
  @media (max-width: 30rem) {
    dl { grid-template-columns: 1fr; gap: 0; }
    dd { margin-bottom: 0.5rem; }
    .step { grid-template-columns: 1fr auto; }
    .step .state { grid-column: 1 / -1; }
    .step p { grid-column: 1 / -1; }
  }
`;

/** Replaces the page's content only when it has changed. That keeps the scroll position, the selection and unfolded parts. */
const refreshScript = `
  let shown = document.querySelector("main").outerHTML;
  const refresh = async () => {
    const main = document.querySelector("main");
    try {
      const answer = await fetch(location.href);
      const next = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("main");
      if (next !== null && next.outerHTML !== shown) {
        shown = next.outerHTML;
        for (const details of main.querySelectorAll("details[id]")) {
          const same = next.querySelector("#" + details.id);
          if (same !== null) same.open = details.open;
        }
        main.replaceWith(next);
      }
    } catch {}
    setTimeout(refresh, Number(document.querySelector("main").dataset.refresh));
  };
  setTimeout(refresh, Number(document.querySelector("main").dataset.refresh));
`;

export interface PageLink {
  text: string;
  href: string;
  isCurrent?: boolean;
}

export function page(options: {
  title: Html | string;
  /** The window's title. */
  name: string;
  links?: PageLink[];
  content: Html | Html[];
  refreshMilliseconds: number;
  status?: number;
}): Response {
  const nonce = crypto.randomUUID();
  const links = (options.links ?? []).map(
    ({ text, href, isCurrent }) =>
      markup`<a href="${href}" ${isCurrent === true ? markup` aria-current="page"` : ""}>${text}</a>`,
  );
  const body = markup`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${options.name}</title>
        <style nonce="${nonce}">
          ${{ html: style }}
        </style>
      </head>
      <body>
        <header>
          <h1>${options.title}</h1>
          ${links.length === 0 ? "" : markup`<nav>${links}</nav>`}
        </header>
        <main data-refresh="${options.refreshMilliseconds}">${options.content}</main>
        <script nonce="${nonce}">
          ${{ html: refreshScript }};
        </script>
      </body>
    </html> `;
  return new Response(body.html, {
    status: options.status ?? 200,
    headers: {
      "Content-Type": "text/html; charset=utf-8",
      "Cache-Control": "no-store",
      "Content-Security-Policy": `default-src 'none'; style-src 'nonce-${nonce}'; script-src 'nonce-${nonce}'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
      // A platform's pages belong to the same site. Without this header they could embed the answers of this one.
      "Cross-Origin-Resource-Policy": "same-origin",
      "Referrer-Policy": "no-referrer",
      "X-Content-Type-Options": "nosniff",
    },
  });
}
