/** The limits of one account and one tenant are the owner's to choose, and bound what an account can make D1 grow by. */
import { beforeAll, expect, it } from "vitest";
import { createTenant, newEmail, password, type Answer, type Person } from "../people.ts";
import { startTarget, type Target } from "./target.ts";

let target: Target;

beforeAll(async () => {
  target = await startTarget({ entry: "test/security/workers/limits.ts" });
  return target.stop;
});

const slug = () => `t-${crypto.randomUUID()}`;
const codeOf = ({ status, body }: Answer) =>
  status === 200 ? 200 : `${status} ${String(body["code"])}`;

const ask = (person: Person) => async (path: string, body: object) =>
  person.browser.post<Record<string, unknown>>(`/api/auth/organization/${path}`, body, {
    "user-agent": "u".repeat(300),
  });

it("counts tenants, roles and pending invitations up to the owner's limits", async () => {
  const ada = ask(await target.enter());
  const tenants: unknown[] = [];
  for (let made = 1; made <= 6; made += 1) {
    const answer = await ada("create", { name: "Acme", slug: slug() });
    if (made === 1) tenants.push(answer.body["id"]);
    if (made === 6) {
      expect(codeOf(answer)).toBe("403 YOU_HAVE_REACHED_THE_MAXIMUM_NUMBER_OF_ORGANIZATIONS");
    } else expect(answer.status).toBe(200);
  }
  const [organizationId] = tenants;
  const permission = { member: ["update"] };
  for (const role of ["r1", "r2", "r3", "r4", "r5"]) {
    const answer = await ada("create-role", { organizationId, role, permission });
    expect(codeOf(answer)).toBe(role === "r5" ? "403 TOO_MANY_ROLES" : 200);
  }
  for (let sent = 1; sent <= 7; sent += 1) {
    const invitation = { organizationId, email: newEmail(), role: "member" };
    expect(codeOf(await ada("invite-member", invitation))).toBe(
      sent === 7 ? "403 INVITATION_LIMIT_REACHED" : 200,
    );
  }
});

it("lets three people into a tenant of three, of four who join at once", async () => {
  const owner = await target.enter();
  const { id: organizationId } = await createTenant(owner.browser, slug());
  const people = await Promise.all([1, 2, 3, 4].map(async () => target.enter()));
  const invitations = await Promise.all(
    people.map(async ({ email }) =>
      ask(owner)("invite-member", { organizationId, email, role: "member" }),
    ),
  );
  const answers = await Promise.all(
    people.map(async (person, index) =>
      ask(person)("accept-invitation", { invitationId: invitations[index]?.body["id"] }),
    ),
  );
  const refusal = "403 ORGANIZATION_MEMBERSHIP_LIMIT_REACHED";
  expect(answers.map(codeOf).toSorted()).toEqual([200, 200, refusal, refusal]);
  const root = await target.enterAdmin();
  const added = await root.browser.post(`/api/auth/platform/tenants/${organizationId}/members`, {
    userId: root.id,
    role: "member",
  });
  expect(codeOf(added)).toBe(refusal);
});

it("ends the session that was used longest ago, and takes a size in bytes", async () => {
  const ada = await target.signUp();
  const signIn = async () => {
    const browser = target.open();
    const credentials = { email: ada.email, password };
    expect((await browser.post("/api/auth/sign-in/email", credentials)).status).toBe(200);
    return browser;
  };
  const second = await signIn();
  const third = await signIn();
  expect((await ada.browser.get("/api/auth/session")).body).toEqual({ session: null });
  for (const browser of [second, third]) expect((await browser.session()).user.id).toBe(ada.id);

  const create = async (fields: object) =>
    third.post("/api/auth/organization/create", { name: "Acme", slug: slug(), ...fields });
  const large = await create({ metadata: { note: "x".repeat(100) } });
  expect(codeOf(large)).toBe("400 METADATA_TOO_LARGE");
  expect(codeOf(await create({ metadata: { note: "x".repeat(80) } }))).toBe(200);
  const png = "data:image/png;base64,";
  expect(codeOf(await create({ logo: png + "A".repeat(20_000) }))).toBe("400 PICTURE_TOO_LARGE");
  expect(codeOf(await create({ logo: png + "A".repeat(15_000) }))).toBe(200);
});

it("counts the uses of routes whose events are written by the route, or with a row", async () => {
  const ada = await target.signUp();
  const { id } = await createTenant(ada.browser, slug());
  const uses: [string, (browser: Person["browser"]) => Promise<Answer>][] = [
    [
      "audit_log.exported",
      async (browser) => browser.get(`/api/auth/platform/audit-events/export?tenantId=${id}`),
    ],
    [
      "account.unlinked",
      async (browser) => {
        await target.database
          .prepare(
            "INSERT OR IGNORE INTO account (id, account_id, provider_id, user_id, created_at, updated_at) VALUES ('acme-1', 'ada', 'google', ?, 0, 0)",
          )
          .bind(ada.id)
          .run();
        return browser.post("/api/auth/unlink-account", { accountId: "acme-1" });
      },
    ],
  ];
  for (const [event, use] of uses) {
    const answers: Answer[] = [];
    for (let time = 1; time <= 42; time += 1) answers.push(await use(ada.browser));
    expect(answers.slice(0, 40).map(({ status }) => status)).toEqual(Array(40).fill(200));
    expect(answers.slice(40).map(codeOf)).toEqual(Array(2).fill("429 TOO_MANY_CHANGES"));
    const left = await target.database
      .prepare("SELECT count(*) AS count FROM audit_event WHERE event = ? AND actor_id = ?")
      .bind(event, ada.id)
      .first<number>("count");
    expect(left).toBe(40);
  }
});

/** What docs/threats.md states for the default of 500 uses of a route a day, for the 40 uses of this platform. */
const growthLimitBytes = (16 * 1024 * 1024 * 40) / 500;

it("an account that does all it can makes D1 grow by less than the stated figure, and is told when to go on", async () => {
  const size = async () => {
    const { meta } = await target.database.prepare("SELECT 1").run();
    return meta.size_after;
  };
  const person = await target.enter("x".repeat(250));
  const ada = ask(person);
  const before = await size();
  /** Uses a route until it is refused for the day. */
  const exhaust = async (use: (time: number) => Promise<Answer>) => {
    for (let time = 1; time <= 41; time += 1) {
      const answer = await use(time);
      if (answer.body["code"] === "TOO_MANY_CHANGES") {
        expect(answer.status).toBe(429);
        expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(80_000);
        return time;
      }
      expect(codeOf(answer)).toBe(200);
    }
    return Infinity;
  };
  const logo = `data:image/png;base64,${"A".repeat(19_900)}`;
  const metadata = { note: "x".repeat(80) };
  const permission = {
    member: Array.from({ length: 400 }, () => "update"),
  };
  let tenant = "";
  const makeTenant = async () => {
    const name = "y".repeat(250);
    const made = await ada("create", { name, slug: slug(), logo, metadata });
    if (made.status === 200) tenant = String(made.body["id"]);
    return made;
  };
  const uses = [
    await exhaust(async (time) => {
      const made = await makeTenant();
      // As much as may stand, and then another in place of one.
      if (made.status === 200 && time >= 4 && time < 39) {
        expect((await ada("delete", { organizationId: tenant })).status).toBe(200);
      }
      return made;
    }),
    await exhaust(async () => ada("update", { organizationId: tenant, data: { logo } })),
    await exhaust(async (time) => {
      const role = `r${time}${"z".repeat(50)}`;
      const made = await ada("create-role", { organizationId: tenant, role, permission });
      if (time >= 4) await ada("delete-role", { organizationId: tenant, roleName: role });
      return made;
    }),
    await exhaust(async () => {
      const email = `${"a".repeat(40)}.${newEmail()}`;
      const sent = await ada("invite-member", { organizationId: tenant, email, role: "member" });
      await ada("cancel-invitation", { invitationId: sent.body["id"] });
      return sent;
    }),
    await exhaust(async () => person.browser.post("/api/auth/revoke-other-sessions")),
  ];
  expect(uses).toEqual([41, 41, 41, 41, 41]);
  const growth = (await size()) - before;
  expect(growth).toBeGreaterThan(100_000);
  expect(growth).toBeLessThan(growthLimitBytes);

  const root = await target.enterAdmin();
  for (let time = 1; time <= 41; time += 1) {
    const { status } = await root.browser.post("/api/auth/revoke-other-sessions");
    expect(status).toBe(200);
  }
  expect((await person.browser.post("/api/auth/sign-out")).status).toBe(200);
}, 120_000);
