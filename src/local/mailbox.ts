/** The development mailbox: mail that a Worker sends, kept to be read at a page. Only ever part of a local run. */

export interface Mail {
  from: string | { name: string; email: string };
  to: string;
  subject: string;
  text: string;
  html: string;
}

interface StoredMail extends Mail {
  id: string;
  sentAt: string;
}

/** The part of a KV namespace that is used. */
export interface MailboxStore {
  get(key: string): Promise<string | null>;
  put(key: string, value: string): Promise<void>;
  list(options: { limit: number }): Promise<{ keys: { name: string }[] }>;
}

const shownMessages = 100;
const lastTimestamp = 10 ** 13;

/** Keys sort newest first: KV lists in the order of its keys. */
export async function storeMessage(store: MailboxStore, mail: Mail, now: number): Promise<string> {
  const id = `${String(lastTimestamp - now).padStart(14, "0")}-${crypto.randomUUID()}`;
  await store.put(id, JSON.stringify({ ...mail, id, sentAt: new Date(now).toISOString() }));
  return id;
}

/** Newest first. */
export async function listMessages(store: MailboxStore): Promise<StoredMail[]> {
  const { keys } = await store.list({ limit: shownMessages });
  const stored = await Promise.all(keys.map(({ name }) => store.get(name)));
  return stored.flatMap((value) => (value === null ? [] : [JSON.parse(value) as StoredMail]));
}

/** The page at /mailbox: plain text with its links made clickable; the HTML of a mail is never run. */
export function mailboxPage(messages: StoredMail[]): Response {
  const items = messages.map(
    (mail) => `<article>
  <h2>${escape(mail.subject)}</h2>
  <p class="meta">To <b>${escape(mail.to)}</b> &middot; <time>${escape(mail.sentAt)}</time></p>
  <pre>${linkify(escape(mail.text))}</pre>
</article>`,
  );
  const body =
    items.join("\n") || "<p>No mail yet. Sign up, and the verification link appears here.</p>";
  return new Response(
    `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="refresh" content="5">
<title>Mailbox</title>
<style>
  :root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
  body { max-width: 720px; margin: 32px auto; padding: 0 16px; }
  article { border: 1px solid #8884; border-radius: 8px; padding: 12px 20px; margin: 16px 0; }
  h2 { font-size: 18px; margin: 4px 0; }
  .meta { margin: 0; opacity: 0.75; font-size: 14px; }
  pre { white-space: pre-wrap; overflow-wrap: anywhere; font: inherit; }
</style>
<h1>Mailbox</h1>
${body}
</html>
`,
    { headers: { "Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store" } },
  );
}

function linkify(escapedText: string): string {
  return escapedText.replace(/https?:\/\/[^\s<]+/g, (url) => `<a href="${url}">${url}</a>`);
}

function escape(value: string): string {
  return value
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
