/** What was planted as a secret is in no log, in no error, and in no answer but the one that hands it out. */
import { beforeAll, describe, expect, it } from "vitest";
import {
  cheapPasswordHash,
  enrol,
  linkIn,
  newEmail,
  password,
  type Browser,
  type Person,
} from "../people.ts";
import { call, readOperations, type Operation, type Schema } from "./operations.ts";
import { takeSnapshot } from "./snapshot.ts";
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
/** Where a link leads that carries a token: of another site, so that it is refused, and of the platform's own. */
const links = [`https://evil.example/?token=${mark}`, `/reset-password?token=${mark}`];
const linkFields = /url$|^redirectTo$|^image$|^logo$/i;

let target: Target;
let operations: Operation[];
/** A person who uses all that there is. */
let ada: Person;
let code: (offset?: number) => Promise<string>;
let restore: () => Promise<void>;

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
    cheapHashes: true,
    bindings: {
      GOOGLE_CLIENT_ID: "google-client",
      GOOGLE_CLIENT_SECRET: `${mark}-client-secret`,
      RESEND_API_KEY: `${mark}-resend-key`,
    },
  });
  operations = await readOperations(target);
  ada = await target.signUp();
  ({ code } = await enrol(ada.browser));
  // Checked a thousand times below.
  await target.database
    .prepare("UPDATE account SET password = ? WHERE user_id = ?")
    .bind(cheapPasswordHash, ada.id)
    .run();
  restore = await takeSnapshot(target);
  return target.stop;
});

/** A body with a secret wherever one fits, and beside those what is right; undefined where no field takes any. */
const plantedBody = (properties: Record<string, Schema>, person: Person, link: string): object =>
  Object.fromEntries(
    Object.entries(properties).flatMap(([name, schema]): [string, unknown][] => {
      if (name === "provider") return [[name, "google"]];
      if (name === "idToken") {
        return [[name, { token: planted.idToken, accessToken: planted.accessToken }]];
      }
      if (name === "account") {
        return [[name, { name: "Ada", email: newEmail(), password: planted.password }]];
      }
      if (name === "data") return [[name, { name: mark, image: `https://a.example/?${mark}` }]];
      if (name in planted) return [[name, planted[name as keyof typeof planted]]];
      if (linkFields.test(name)) return [[name, link]];
      if (name === "email") return [[name, person.email]];
      if (name === "newEmail") return [[name, newEmail()]];
      if (name === "name") return [[name, "Ada"]];
      if (name === "userId") return [[name, person.id]];
      if (schema.properties === undefined) return [];
      return [[name, plantedBody(schema.properties, person, link)]];
    }),
  );

/** These would end what the others are sent with. */
const isEnding = ({ path }: Operation) => path === "/sign-out" || path.includes("revoke");

/** Everything that a person does with secrets, right and wrong; each answer that is an error. */
const useSecrets = async (
  person: Person,
  visitors: Browser[],
  leads: readonly string[] = links,
): Promise<string[]> => {
  const refusals: string[] = [];
  const note = (name: string, { status, body }: { status: number; body: unknown }) => {
    if (status >= 400) refusals.push(`${name}: ${status} ${JSON.stringify(body)}`);
  };
  for (const operation of operations.filter((one) => !isEnding(one))) {
    const properties = operation.body?.properties ?? {};
    const names = [...Object.keys(properties), ...operation.parameters.map(({ name }) => name)];
    const hasLink = names.some((name) => linkFields.test(name));
    for (const visitor of visitors) {
      for (const link of hasLink ? leads : leads.slice(-1)) {
        const query = operation.parameters.flatMap(({ in: where, name }) => {
          if (where === "path") return [];
          if (name in planted) return [[name, planted[name as keyof typeof planted]]];
          return linkFields.test(name) ? [[name, link]] : [];
        });
        const answer = await call(twin(visitor), operation, {
          values: { token: planted.token, id: "google" },
          query: Object.fromEntries(query) as Record<string, string>,
          body: plantedBody(properties, person, link),
        });
        note(operation.name, answer);
      }
    }
  }
  const [signOut] = operations.filter(({ path }) => path === "/sign-out");
  const headers: Record<string, string>[] = [
    { authorization: `Bearer ${planted.token}` },
    { cookie: `__Secure-better-auth.session_token=${planted.token}.${mark}` },
    { origin: `https://${mark}.example` },
    { origin: "", referer: `https://evil.example/reset?token=${mark}` },
    { referer: `https://evil.example/reset?token=${mark}` },
  ];
  for (const header of headers) {
    note("session", await target.open().get("/api/auth/session", header));
    note("token", await target.open().get("/api/auth/token", header));
    if (signOut !== undefined) {
      note("sign-out", await call(twin(person.browser), signOut, { body: {}, headers: header }));
    }
  }
  return refusals;
};

const twin = (browser: Browser): Browser => {
  const copy = target.open();
  for (const pair of browser.cookies) copy.cookies.set(...pair);
  return copy;
};

const expectNone = (secrets: string[], text: string) => {
  for (const secret of secrets) expect(text).not.toContain(secret);
};

describe("secrets", () => {
  it("are in no log and no error, while all goes well", async () => {
    const secrets = await secretsOf(ada);
    const refusals = await useSecrets(ada, [target.open(), ada.browser]);
    expect(refusals.length).toBeGreaterThan(50);
    expectNone(secrets, refusals.join("\n"));
    expectNone(secrets, target.log());
    // What was wrong is said all the same.
    expect(target.log()).toMatch(/^auth: Invalid callbackURL$/m);
    expect(target.log()).toMatch(/^auth: Invalid origin$/m);
  });

  it("are in no audit event", async () => {
    const { results } = await target.database.prepare("SELECT * FROM audit_event").all();
    expectNone([mark, password, target.secret], JSON.stringify(results));
  });

  it("of mails are in no log: links, and the codes in them", async () => {
    await restore();
    await target.open().post("/api/auth/request-password-reset", { email: ada.email });
    const token = linkIn(await target.mailTo(ada.email, "Reset")).searchParams.get("token") ?? "";
    expect(token).not.toBe("");
    expect(target.log()).not.toContain(token);
    const rows = JSON.stringify(
      (await target.database.prepare("SELECT * FROM verification").all()).results,
    );
    expect(rows).not.toContain(token);
  });

  const tables = [
    "session",
    "account",
    "two_factor",
    "audit_event",
    "verification",
    "user",
    "member",
    "throttle",
    "email_outbox",
  ];

  it.each(tables)("are in no log and no error when D1 fails at %s", async (table) => {
    const secrets = await secretsOf(ada);
    const { database } = target;
    const begin = target.log().length;
    await database.prepare(`ALTER TABLE "${table}" RENAME TO "gone"`).run();
    // One that is refused for its link gets no further.
    const refusals = await useSecrets(ada, [ada.browser], links.slice(1));
    const codes = [await code(0), await code(1)];
    for (const one of codes) {
      await twin(ada.browser).post("/api/auth/two-factor/verify-totp", { code: one });
    }
    const stranger = target.open();
    for (const [path, body] of [
      ["sign-up/email", { name: "Ada", email: newEmail(), password: planted.password }],
      ["sign-in/email", { email: ada.email, password }],
      ["request-password-reset", { email: ada.email, redirectTo: links[1] }],
    ] as const) {
      const answer = await stranger.post(`/api/auth/${path}`, body);
      if (answer.status >= 400) refusals.push(JSON.stringify(answer.body));
    }
    await database.prepare(`ALTER TABLE "gone" RENAME TO "${table}"`).run();
    await restore();
    const log = target.log().slice(begin);
    expectNone([...secrets, ...codes], [...refusals, log].join("\n"));
    expect(log).toMatch(/DatabaseError|database:/);
    // SQL and the names of tables are nobody's to read.
    expect(refusals.join("\n")).not.toMatch(
      /sqlite|d1_|no such table|select |insert into|\bat .*\.js/i,
    );
    // A mail is written down after the answer.
    const hasFailed = refusals.some((refusal) => refusal.includes("could not be carried out"));
    expect(hasFailed).toBe(table !== "email_outbox");
  });
});
