/**
 * The app of a test's own on the real D1, and the mail that it sent. A test makes the users that it needs and shares none.
 */
import { env } from "cloudflare:workers";
import { eq } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { vi } from "vitest";
import { createAuthApp, type AppOptions, type AuthApp } from "../../src/worker/app.ts";
import * as schema from "../../src/worker/db/schema.ts";
import type { EmailMessage } from "../../src/worker/email/transports.ts";
import { Browser, passwordHash, signInAs, type Person } from "../people.ts";

export * from "../people.ts";

export const secret = "test-secret-of-32-characters-or-more";

/** The test file's database, read past the Worker. */
export const database = drizzle(env.DB, { schema });

/** An app on this file's database; `mail` fills as it sends. */
export function openApp(
  options: AppOptions = {},
  bindings: Record<string, unknown> = {},
): { app: AuthApp; mail: EmailMessage[]; open: () => Browser } {
  const mail: EmailMessage[] = [];
  const app = createAuthApp(
    {
      emailTransport: { name: "test", send: async (message) => void mail.push(message) },
      ...options,
    },
    { PLATFORM_ID: "k3m9p2xw7q", BETTER_AUTH_SECRET: secret, DB: env.DB, ...bindings },
  );
  return { app, mail, open: () => new Browser(app) };
}

/** The newest mail to `to` whose subject has `subject` in it, as soon as it is sent. */
export async function mailTo(
  mail: EmailMessage[],
  to: string,
  subject: string,
): Promise<EmailMessage> {
  return vi.waitFor(() => {
    const found = mail.findLast(
      (message) => message.to === to && message.subject.includes(subject),
    );
    if (found === undefined) throw new Error(`no mail "${subject}" to ${to}`);
    return found;
  });
}

/** Somebody who has an account with a verified address, and is signed in. */
export async function signUp(
  { open }: Pick<ReturnType<typeof openApp>, "open">,
  name?: string,
): Promise<Person> {
  const write = async (row: { id: string; name: string; email: string }) => {
    const times = { createdAt: new Date(), updatedAt: new Date() };
    const { id: userId } = row;
    const credential = { providerId: "credential", accountId: userId, password: passwordHash };
    await database.batch([
      database.insert(schema.user).values({ ...row, emailVerified: true, ...times }),
      database
        .insert(schema.account)
        .values({ id: crypto.randomUUID(), userId, ...credential, ...times }),
    ]);
  };
  return signInAs(open(), write, name);
}

/** Somebody who is a platform admin already. */
export async function signUpAdmin(opened: Pick<ReturnType<typeof openApp>, "open">) {
  const person = await signUp(opened, "Grace Hopper");
  await database
    .update(schema.user)
    .set({ role: "platform-admin" })
    .where(eq(schema.user.id, person.id));
  return person;
}
