/** The links that move an account to another address, before and after what is done against a thief of the account. */
import { beforeAll, expect, it, vi } from "vitest";
import { linkIn, newEmail, password, patience, type Browser, type Person } from "../people.ts";
import { startTarget, type Target } from "./target.ts";

let target: Target;
let admin: Person;

beforeAll(async () => {
  target = await startTarget({
    entry: "test/security/workers/slow-writes.ts",
    isolates: 2,
    cheapHashes: true,
  });
  admin = await target.enterAdmin();
  return target.stop;
});

const newPassword = "another correct horse battery";

const follow = async (browser: Browser, { search }: { search: string }, isolate = 0) =>
  browser.get(`/api/auth/verify-email${search}`, { "x-test-isolate": String(isolate) });

/** A change of address up to its last link. `ask` asks for it, also again. */
async function openMove({ browser, email: old }: Person) {
  const email = newEmail();
  const ask = async () => {
    const asked = await browser.post("/api/auth/change-email", { newEmail: email });
    expect(asked.status).toBe(200);
    return linkIn(await target.mailTo(old, "Confirm your new"));
  };
  const confirm = await ask();
  expect((await follow(browser, confirm)).status).toBe(200);
  const move = linkIn(await target.mailTo(email, "Confirm your email"));
  return { email, ask, links: { confirm, move } };
}

const addressOf = async ({ id }: Person) =>
  target.database.prepare("SELECT email FROM user WHERE id = ?").bind(id).first("email");
const refused = { status: 401, body: { code: "INVALID_TOKEN" } };
const linksTo = (email: string) =>
  target.mail.filter(({ to, subject }) => to === email && subject.includes("Confirm"));

it("moves the account once, also when an admin has restored the address", async () => {
  const ada = await target.enter();
  const { email, links } = await openMove(ada);
  expect((await follow(target.open(), links.move)).status).toBe(200);
  expect(await addressOf(ada)).toBe(email);
  const restored = { userId: ada.id, data: { email: ada.email } };
  expect((await admin.browser.post("/api/auth/admin/update-user", restored)).status).toBe(200);
  for (const link of Object.values(links)) {
    expect(await follow(target.open(), link)).toMatchObject(refused);
  }
  expect(await addressOf(ada)).toBe(ada.email);
  expect(linksTo(email)).toHaveLength(1);
});

it("moves the account for one of several requests at once, on two isolates", async () => {
  const ada = await target.enter();
  const { email, links } = await openMove(ada);
  const answers = await Promise.all(
    Array.from({ length: 6 }, async (_, one) => follow(target.open(), links.move, one % 2)),
  );
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  expect(answers.filter(({ status }) => status === 401)).toHaveLength(5);
  expect(await addressOf(ada)).toBe(email);
  const told = await target.database
    .prepare("SELECT count(*) AS n FROM audit_event WHERE event = 'email.changed' AND actor_id = ?")
    .bind(ada.id)
    .first("n");
  expect(told).toBe(1);
});

it.each<[string, (ada: Person) => Promise<unknown>]>([
  [
    "a password change",
    async ({ browser }) =>
      browser.post("/api/auth/change-password", { currentPassword: password, newPassword }),
  ],
  [
    "a password set by an admin",
    async ({ id: userId }) =>
      admin.browser.post("/api/auth/admin/set-user-password", { userId, newPassword }),
  ],
  [
    "a password reset",
    async ({ email }) => {
      await target.open().post("/api/auth/request-password-reset", { email });
      const token = linkIn(await target.mailTo(email, "Reset")).searchParams.get("token");
      return target.open().post("/api/auth/reset-password", { newPassword, token });
    },
  ],
  ["a ban", async ({ id: userId }) => admin.browser.post("/api/auth/admin/ban-user", { userId })],
  ["a sign-out everywhere", async ({ browser }) => browser.post("/api/auth/revoke-sessions")],
  [
    "a move to another address and back by an admin",
    async ({ id: userId, email: old }) => {
      const move = async (email: string) =>
        admin.browser.post("/api/auth/admin/update-user", { userId, data: { email } });
      expect((await move(newEmail())).status).toBe(200);
      return move(old);
    },
  ],
])("does not outlive %s, used or not", async (_name, remedy) => {
  const ada = await target.enter();
  const { email, links } = await openMove(ada);
  expect(await remedy(ada)).toMatchObject({ status: 200 });
  for (const link of Object.values(links)) {
    expect(await follow(target.open(), link)).toMatchObject(refused);
  }
  // One whose page is elsewhere says so there.
  const onward = { search: `${links.move.search}&callbackURL=${encodeURIComponent("/next")}` };
  const { status, headers } = await follow(target.open(), onward);
  const next = `${target.consoleUrl}/next?error=INVALID_TOKEN`;
  expect([status, headers.get("location")]).toEqual([302, next]);
  expect(await addressOf(ada)).toBe(ada.email);
  expect(linksTo(email)).toHaveLength(1);
});

it("does not work again because the same is asked for again, and does while it is open", async () => {
  const ada = await target.enter();
  const { ask, links } = await openMove(ada);
  await ask();
  expect((await follow(target.open(), links.confirm)).status).toBe(200);
  const changed = { currentPassword: password, newPassword };
  expect((await ada.browser.post("/api/auth/change-password", changed)).status).toBe(200);
  await ask();
  // Past the Worker: as if a second had passed since the first.
  const later = async (milliseconds: number) =>
    vi.waitFor(async () => {
      const moved = await target.database
        .prepare("UPDATE verification SET created_at = created_at + ? WHERE value = ? RETURNING id")
        .bind(milliseconds, ada.id)
        .first("id");
      expect(moved).toBeTruthy();
    }, patience);
  await later(60_000);
  expect(await follow(target.open(), links.move)).toMatchObject(refused);
  expect(await addressOf(ada)).toBe(ada.email);
  await later(-60_000);
  await later(-60_000);
  expect((await follow(target.open(), links.move)).status).toBe(200);
});

it("is refused where somebody else has the address meanwhile", async () => {
  const ada = await target.enter();
  const { email, links } = await openMove(ada);
  const bob = await target.enter();
  await target.database.prepare("UPDATE user SET email = ? WHERE id = ?").bind(email, bob.id).run();
  const { status } = await follow(target.open(), links.move);
  expect([400, 409, 422]).toContain(status);
  expect(await addressOf(ada)).toBe(ada.email);
});
