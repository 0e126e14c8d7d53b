/** What was planted as a secret is in no log, in no error, and in no answer but the one that hands it out. */
import { beforeAll, describe, expect, it } from "vitest";
import { enrol, linkIn, newEmail, password, type Person } from "../people.ts";
import { call, readOperations, type Operation } from "./operations.ts";
import { startTarget, type Target } from "./target.ts";

const mark = "planted7secret";
/** Passes every check that a password, a token, a code or a key may meet. */
const planted = {
  password: `${mark} tortoise velvet 41 Orchards`,
  newPassword: `${mark} marble orbit 58 Lanterns`,
  currentPassword: `${mark} tortoise velvet 41 orchards!`,
  token: `${mark}-0123456789-0123456789-0123456789`,
  idToken: `${mark}.header.signature`,
  accessToken: `${mark}-access`,
  refreshToken: `${mark}-refresh`,
  code: `${mark}-code`,
  state: `${mark}-state`,
  secret: `${mark}-secret`,
  sessionToken: `${mark}-session-token`,
};

let target: Target;
let operations: Operation[];

/** Secrets of the platform and of a person who uses all that there is. */
const secretsOf = async (person: Person): Promise<string[]> => {
  const { database } = target;
  const column = async (table: string, name: string, owner: string) => {
    const { results } = await database
      .prepare(`SELECT "${name}" AS value FROM "${table}" WHERE "${owner}" = ?`)
      .bind(person.id)
      .all<{ value: string | null }>();
    return results.flatMap(({ value }) => (value === null ? [] : [value]));
  };
  return [
    target.secret,
    mark,
    password,
    ...(await column("session", "token", "user_id")),
    ...(await column("account", "password", "user_id")),
    ...(await column("two_factor", "secret", "user_id")),
    ...(await column("two_factor", "backup_codes", "user_id")),
    ...[...person.browser.cookies.values()].filter((value) => value.length > 16),
  ];
};

beforeAll(async () => {
  target = await startTarget({
    bindings: {
      GOOGLE_CLIENT_ID: "google-client",
      GOOGLE_CLIENT_SECRET: `${mark}-client-secret`,
      RESEND_API_KEY: `${mark}-resend-key`,
    },
  });
  operations = await readOperations(target);
  return target.stop;
});

/** Everything that a person does with secrets, right and wrong; each answer that is an error. */
const useSecrets = async (person: Person): Promise<string[]> => {
  const refusals: string[] = [];
  const note = (name: string, { status, body }: { status: number; body: unknown }) => {
    if (status >= 400) refusals.push(`${name}: ${status} ${JSON.stringify(body)}`);
  };
  for (const operation of operations) {
    const properties = operation.body?.properties ?? {};
    const body = {
      ...Object.fromEntries(
        Object.keys(properties).flatMap((name) =>
          name in planted ? [[name, planted[name as keyof typeof planted]]] : [],
        ),
      ),
      ...("email" in properties ? { email: person.email } : {}),
      ...("name" in properties ? { name: "Ada" } : {}),
      ...("newEmail" in properties ? { newEmail: newEmail() } : {}),
      ...("userId" in properties ? { userId: person.id } : {}),
      ...("provider" in properties
        ? {
            provider: "google",
            idToken: { token: planted.idToken, accessToken: planted.accessToken },
          }
        : {}),
    };
    // A lost cookie for everything that may end the session.
    for (const browser of [target.open(), person.browser]) {
      if (operation.path === "/sign-out" || operation.path.includes("revoke")) continue;
      const answer = await call(browser, operation, {
        values: { token: planted.token, id: "google" },
        query: Object.fromEntries(
          operation.parameters.flatMap(({ name }) =>
            name in planted ? [[name, planted[name as keyof typeof planted]]] : [],
          ),
        ),
        body,
      });
      note(operation.name, answer);
    }
  }
  for (const header of [
    { authorization: `Bearer ${planted.token}` },
    { cookie: `__Secure-better-auth.session_token=${planted.token}.${mark}` },
  ]) {
    note("session", await target.open().get("/api/auth/session", header));
    note("token", await target.open().get("/api/auth/token", header));
  }
  return refusals;
};

const expectNone = (secrets: string[], text: string) => {
  for (const secret of secrets) expect(text).not.toContain(secret);
};

describe("secrets", () => {
  it("are in no log and no error, while all goes well", async () => {
    const ada = await target.signUp();
    await enrol(ada.browser);
    const secrets = await secretsOf(ada);
    const refusals = await useSecrets(ada);
    expect(refusals.length).toBeGreaterThan(50);
    expectNone(secrets, refusals.join("\n"));
    expectNone(secrets, target.log());
  });

  it("are in no audit event", async () => {
    const { results } = await target.database.prepare("SELECT * FROM audit_event").all();
    expectNone([mark, password, target.secret], JSON.stringify(results));
  });

  it("of mails are in no log: links, and the codes in them", async () => {
    const ada = await target.signUp();
    await ada.browser.post("/api/auth/request-password-reset", { email: ada.email });
    const token = linkIn(await target.mailTo(ada.email, "Reset")).searchParams.get("token") ?? "";
    expect(token).not.toBe("");
    expect(target.log()).not.toContain(token);
    const rows = JSON.stringify(
      (await target.database.prepare("SELECT * FROM verification").all()).results,
    );
    expect(rows).not.toContain(token);
  });

  const tables = ["session", "account", "two_factor", "audit_event"];

  it.each(tables)("are in no log and no error when D1 fails at %s", async (table) => {
    const broken = await startTarget({ bindings: { RESEND_API_KEY: `${mark}-resend-key` } });
    const whole = target;
    try {
      target = broken;
      const ada = await broken.signUp();
      const { code } = await enrol(ada.browser);
      const secrets = await secretsOf(ada);
      await broken.database.prepare(`ALTER TABLE "${table}" RENAME TO "gone"`).run();
      const refusals = await useSecrets(ada);
      const codes = [await code(0), await code(1)];
      for (const one of codes) {
        await ada.browser.post("/api/auth/two-factor/verify-totp", { code: one });
      }
      const signUp = { name: "Ada", email: newEmail(), password: planted.password };
      const answer = await broken.open().post("/api/auth/sign-up/email", signUp);
      refusals.push(JSON.stringify(answer.body));
      expectNone([...secrets, ...codes], [...refusals, broken.log()].join("\n"));
      expect(broken.log()).toMatch(/DatabaseError|database:/);
      // SQL and the names of tables are nobody's to read.
      expect(refusals.join("\n")).not.toMatch(
        /sqlite|d1_|no such table|select |insert into|\bat .*\.js/i,
      );
      expect(refusals.some((refusal) => refusal.includes("could not be carried out"))).toBe(true);
    } finally {
      target = whole;
      await broken.stop();
    }
  });
});
