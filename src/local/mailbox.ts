/** The development mailbox: stores the mail that a Worker sends, and shows it on a page. It exists only in local runs. */
import { markup, linkify, page, type PageLink } from "./page.ts";

export interface Mail {
  from: string | { name: string; email: string };
  to: string;
  subject: string;
  text: string;
  html: string;
}

export interface StoredMail extends Mail {
  id: string;
  sentAt: string;
  /** The platform or Worker that sent the mail, if there are several. */
  sender?: string;
}

/** The part of a KV namespace that the mailbox uses. */
export interface MailboxStore {
  get(key: string): Promise<string | null>;
  put(key: string, value: string): Promise<void>;
  list(options: { limit: number }): Promise<{ keys: { name: string }[] }>;
}

const shownMessages = 100;
const lastTimestamp = 10 ** 13;

/** KV lists in the order of its keys, so keys sort with the newest first. */
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

/** The page at /mailbox: the plain text, with clickable links. The HTML of a mail is never rendered. */
export function mailboxPage(messages: StoredMail[], links: PageLink[] = []): Response {
  return page({
    title: "Mailbox",
    name: "Mailbox",
    links,
    refreshMilliseconds: 2_000,
    content:
      messages.length === 0
        ? markup`<p class="empty">No mail yet. Sign up, and the verification link appears here.</p>`
        : messages.map(
            (mail) =>
              markup`<article>
                <h2>${mail.subject}</h2>
                <p class="quiet">
                  To ${mail.to} &middot;
                  <time>${mail.sentAt}</time
                  >${mail.sender === undefined ? "" : markup` &middot; ${mail.sender}`}
                </p>
                <pre>${linkify(mail.text)}</pre>
              </article>`,
          ),
  });
}
