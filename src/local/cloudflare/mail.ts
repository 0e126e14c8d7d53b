/** Stores the mail of every Worker for the page /mailbox. Nothing is sent to a provider, so every link can be followed. */
import { z } from "zod";
import type { StoredMail } from "../mailbox.ts";
import { parseShape } from "./call.ts";
import { unreadableRequest } from "./errors.ts";
import { platformIdOf } from "./platforms.ts";
import type { State } from "./state.ts";

const address = z.union([z.string(), z.object({ name: z.string(), email: z.string() })]);
const mail = z
  .object({
    from: address,
    to: z.union([z.string(), z.array(z.string()).min(1)]),
    subject: z.string(),
    text: z.string().default(""),
    html: z.string().default(""),
  })
  .refine(({ text, html }) => text !== "" || html !== "", "needs text or html");

/** @returns the message's id. @throws {ApiError} if it is not a message. */
export function storeMail(state: State, script: string, value: unknown, now: number): string {
  const { to, ...message } = parseShape(value, mail, unreadableRequest);
  const recipients = Array.isArray(to) ? to.join(", ") : to;
  const row = state.get(
    "INSERT INTO mail (script, sent_at, content) VALUES (?, ?, ?) RETURNING id",
    script,
    now,
    JSON.stringify({ ...message, to: recipients }),
  );
  return String(row?.["id"]);
}

const shownMessages = 100;

/** Newest first; only those of one platform if its id is given. */
export function listMail(state: State, platformId: string | null): StoredMail[] {
  const rows =
    platformId === null
      ? state.all("SELECT * FROM mail ORDER BY id DESC LIMIT ?", shownMessages)
      : state.all(
          "SELECT * FROM mail WHERE script LIKE ? ORDER BY id DESC LIMIT ?",
          `${platformId}-%`,
          shownMessages,
        );
  return rows.map((row) => ({
    ...(JSON.parse(String(row["content"])) as Omit<StoredMail, "id" | "sender" | "sentAt">),
    id: String(row["id"]),
    sentAt: new Date(Number(row["sent_at"])).toISOString(),
    sender: platformIdOf(String(row["script"])) ?? String(row["script"]),
  }));
}

/** Platforms that have sent mail. */
export function listSenders(state: State): string[] {
  const senders = state
    .all("SELECT DISTINCT script FROM mail ORDER BY script")
    .flatMap(({ script }) => platformIdOf(String(script)) ?? []);
  return [...new Set(senders)];
}
