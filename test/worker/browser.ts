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
import {
  Browser,
  cheapPasswordHash,
  enterAs,
  passwordHash,
  patience,
  signInAs,
  type Person,
} from "../people.ts";

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
  }, patience);
}

type Opened = Pick<ReturnType<typeof openApp>, "open">;

function account(user: { id: string; name: string; email: string }, hash: string) {
  const times = { createdAt: new Date(), updatedAt: new Date() };
  const { id: userId } = user;
  const credential = { providerId: "credential", accountId: userId, password: hash };
  return [
    database.insert(schema.user).values({ ...user, emailVerified: true, ...times }),
    database
      .insert(schema.account)
      .values({ id: crypto.randomUUID(), userId, ...credential, ...times }),
  ] as const;
}

/** Somebody who has an account with a verified address, and has signed in. */
export async function signUp({ open }: Opened, name?: string): Promise<Person> {
  return signInAs(open(), async (user) => database.batch(account(user, passwordHash)), name);
}

/** Somebody who is a platform admin already. */
export async function signUpAdmin(opened: Opened) {
  return promote(await signUp(opened, "Grace Hopper"));
}

/** Somebody who is signed in, at an app with this file's `secret`: for tests that are not about signing in. */
export async function enter({ open }: Opened, name?: string): Promise<Person> {
  return enterAs(
    open(),
    secret,
    async (user, session) =>
      database.batch([
        ...account(user, cheapPasswordHash),
        database
          .insert(schema.session)
          .values({ ...session, userId: user.id, updatedAt: session.createdAt }),
      ]),
    name,
  );
}

export async function enterAdmin(opened: Opened) {
  return promote(await enter(opened, "Grace Hopper"));
}

async function promote(person: Person): Promise<Person> {
  await database
    .update(schema.user)
    .set({ role: "platform-admin" })
    .where(eq(schema.user.id, person.id));
  return person;
}
