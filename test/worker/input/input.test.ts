import { count } from "drizzle-orm";
import { expect, it } from "vitest";
import { auditEvent, organization, session, user } from "../../../src/worker/db/schema.ts";
import {
  authUrl,
  consoleUrl,
  createTenant,
  database,
  newEmail,
  openApp,
  password,
  enter,
  enterAdmin,
} from "../browser.ts";

const opened = openApp();

/** How many rows there are of everything that a refused request could have written. */
async function rows() {
  const tables = [user, session, organization, auditEvent] as const;
  return Promise.all(
    tables.map(async (table) => (await database.select({ count: count() }).from(table))[0]?.count),
  );
}

const signUpBody = () => ({ name: "Ada", email: newEmail(), password });

it.each<[string, () => [path: string, body: unknown], string]>([
  ["malformed JSON", () => ["/api/auth/sign-up/email", '{"name": "Ada'], "MALFORMED_JSON"],
  ["a body that is no object", () => ["/api/auth/sign-up/email", "[1]"], "OBJECT_EXPECTED"],
  [
    "a NUL in a name",
    () => ["/api/auth/sign-up/email", { ...signUpBody(), name: "A\0da" }],
    "NUL_CHARACTER",
  ],
  [
    "a name of 10,000 characters",
    () => ["/api/auth/sign-up/email", { ...signUpBody(), name: "a".repeat(10_000) }],
    "TOO_LONG",
  ],
  [
    "a name of 257 characters",
    () => ["/api/auth/sign-up/email", { ...signUpBody(), name: "a".repeat(257) }],
    "TOO_LONG",
  ],
  ["an empty name", () => ["/api/auth/sign-up/email", { ...signUpBody(), name: " " }], "EMPTY"],
  [
    "an unknown field",
    () => ["/api/auth/sign-up/email", { ...signUpBody(), nickname: "A" }],
    "UNKNOWN_FIELD",
  ],
  [
    "a role in sign-up",
    () => ["/api/auth/sign-up/email", { ...signUpBody(), role: "platform-admin" }],
    "UNKNOWN_FIELD",
  ],
  [
    "an id in sign-up",
    () => ["/api/auth/sign-up/email", { ...signUpBody(), id: "me" }],
    "UNKNOWN_FIELD",
  ],
  [
    "a verified address in sign-up",
    () => ["/api/auth/sign-up/email", { ...signUpBody(), emailVerified: true }],
    "UNKNOWN_FIELD",
  ],
  [
    "a prototype in sign-up",
    () => ["/api/auth/sign-up/email", '{"__proto__":{"role":"platform-admin"}}'],
    "UNKNOWN_FIELD",
  ],
  [
    "an unknown field at sign-in",
    () => ["/api/auth/sign-in/email", { email: newEmail(), password, extra: 1 }],
    "UNKNOWN_FIELD",
  ],
  [
    "an address that is none",
    () => ["/api/auth/sign-up/email", { ...signUpBody(), email: "nobody" }],
    "VALIDATION_ERROR",
  ],
  [
    "a password that is too short",
    () => ["/api/auth/sign-up/email", { ...signUpBody(), password: "1234567" }],
    "PASSWORD_TOO_SHORT",
  ],
  [
    "a body that is nested too deep",
    () => ["/api/auth/sign-up/email", { ...signUpBody(), image: nest(100) }],
    "TOO_DEEP",
  ],
])("refuses %s with a code, and writes nothing", async (_name, request, code) => {
  const [path, body] = request();
  const before = await rows();
  const answer = await opened.open().post(path, body);
  expect(answer.status).toBeGreaterThanOrEqual(400);
  expect(answer.status).toBeLessThan(500);
  expect(answer.body["code"]).toBe(code);
  expect(await rows()).toEqual(before);
});

it("refuses bytes that are not UTF-8", async () => {
  const text = new TextEncoder().encode(JSON.stringify(signUpBody()));
  const body = Uint8Array.from(text, (byte) => (byte === 0x41 ? 0xff : byte));
  const headers = { "content-type": "application/json", origin: consoleUrl };
  const request = new Request(`${authUrl}/api/auth/sign-up/email`, {
    method: "POST",
    headers,
    body,
  });
  const answer = await opened.app.fetch(request);
  expect(answer.status).toBe(400);
  expect(await answer.json()).toMatchObject({ code: "MALFORMED_JSON" });
});

function nest(depth: number): unknown {
  return depth === 0 ? "x" : { a: nest(depth - 1) };
}

it("takes a name of 256 characters", async () => {
  const answer = await opened
    .open()
    .post("/api/auth/sign-up/email", { ...signUpBody(), name: "é".repeat(256) });
  expect(answer.status).toBe(200);
});

it.each([
  ["limit=-1", "INVALID_LIMIT"],
  ["limit=0", "INVALID_LIMIT"],
  ["limit=1001", "INVALID_LIMIT"],
  ["limit=1e3", "INVALID_LIMIT"],
  ["offset=-1", "INVALID_OFFSET"],
  [`searchValue=${"a".repeat(60)}`, "SEARCH_TOO_LONG"],
  [`searchValue=${"é".repeat(25)}`, "SEARCH_TOO_LONG"],
  ["sortBy=password", "UNKNOWN_FIELD"],
  ["filterField=nothing&filterValue=1", "UNKNOWN_FIELD"],
  ["filterField=createdAt&filterOperator=gt&filterValue=soon", "INVALID_FILTER"],
  ["filterField=createdAt&filterOperator=contains&filterValue=2020-01-01", "INVALID_FILTER"],
  ["searchField=createdAt&searchValue=2020-01-01", "INVALID_FILTER"],
  ["filterField=role&filterOperator=in", "INVALID_FILTER"],
])("refuses list-users?%s", async (query, code) => {
  const admin = await enterAdmin(opened);
  const answer = await admin.browser.get(`/api/auth/admin/list-users?${query}`);
  expect(answer.status).toBe(400);
  expect(answer.body["code"]).toBe(code);
});

it("searches users by up to 48 bytes", async () => {
  const admin = await enterAdmin(opened);
  const found = await admin.browser.get<{ users: { email: string }[] }>(
    `/api/auth/admin/list-users?searchValue=${encodeURIComponent(admin.email)}`,
  );
  expect(found.body.users.map(({ email }) => email)).toEqual([admin.email]);
  const longest = await admin.browser.get(
    `/api/auth/admin/list-users?searchValue=${"a".repeat(48)}`,
  );
  expect(longest.body).toMatchObject({ users: [], total: 0 });
});

it("does not let a user raise themself, by any field of update-user", async () => {
  const ada = await enter(opened);
  for (const field of ["role", "emailVerified", "banned", "id", "twoFactorEnabled", "email"]) {
    const answer = await ada.browser.post("/api/auth/update-user", {
      name: "A",
      [field]: "platform-admin",
    });
    expect([field, answer.status]).toEqual([field, 400]);
  }
  const renamed = await ada.browser.post("/api/auth/update-user", { name: "Ada King" });
  expect(renamed.status).toBe(200);
  expect((await ada.browser.session()).user).toMatchObject({ name: "Ada King", role: "user" });
});

it("does not let a member raise themself", async () => {
  const ada = await enter(opened);
  const tenant = await createTenant(ada.browser, "no-raise");
  const answer = await ada.browser.post("/api/auth/organization/update", {
    data: { name: "New" },
    organizationId: tenant.id,
    role: "owner",
  });
  expect(answer.body["code"]).toBe("UNKNOWN_FIELD");
});

it.each([
  ["application/x-www-form-urlencoded", "name=%00&email=form%40example.com&password=password"],
  ["text/plain", JSON.stringify({ name: "Ada", email: "form@example.com", password })],
  ["multipart/form-data; boundary=x", "--x--"],
])("takes no %s, which any site can send", async (type, body) => {
  const before = await rows();
  const answer = await opened
    .open()
    .post("/api/auth/sign-up/email", body, { "content-type": type });
  expect(answer.status).toBe(415);
  expect(await rows()).toEqual(before);
});

it.each([
  { name: [] },
  { name: ["x"] },
  { name: null },
  { name: {} },
  { name: 5 },
  { name: true },
  { image: [] },
  { image: { a: 1 } },
])("does not let update-user write %j", async (body) => {
  const ada = await enter(opened);
  const answer = await ada.browser.post("/api/auth/update-user", body);
  expect(answer.status).toBe(400);
  expect((await ada.browser.session()).user).toMatchObject({ name: "Ada Lovelace", image: null });
});

it.each([
  { createdAt: "bad" },
  { name: null },
  { name: [] },
  { id: "another" },
  { twoFactorEnabled: false },
  { role: "constructor" },
  { role: ["platform-admin", "user"] },
  { emailVerified: "yes" },
])("does not let an admin write %j to a user", async (data) => {
  const [admin, ada] = [await enterAdmin(opened), await enter(opened)];
  const answer = await admin.browser.post("/api/auth/admin/update-user", { userId: ada.id, data });
  expect(answer.status).toBe(400);
  expect((await ada.browser.session()).user).toMatchObject({ name: "Ada Lovelace", role: "user" });
});

it.each([
  "sortBy=nothing",
  "filterField=nothing&filterValue=1",
  "filterField=createdAt&filterOperator=gt&filterValue=abc",
  "filterOperator=in&filterField=role",
])("refuses list-members?%s", async (query) => {
  const ada = await enter(opened);
  await createTenant(ada.browser, `list-members-${ada.id.toLowerCase()}`);
  const answer = await ada.browser.get(`/api/auth/organization/list-members?${query}`);
  expect(answer.status).toBe(400);
});

it.each([
  ["/api/auth/admin/has-permission", { permissions: { constructor: ["x"] } }],
  ["/api/auth/organization/has-permission", { permissions: { toString: ["x"] } }],
  ["/api/auth/organization/update", { data: { nothing: 1 } }],
  ["/api/auth/organization/update", { data: {} }],
  ["/api/auth/organization/create", { name: "T", slug: " ../A B" }],
  ["/api/auth/two-factor/enable", { password, issuer: "\ud800" }],
  ["/api/auth/organization/invite-member", { email: "a@example.com", role: "constructor" }],
])("answers %s %j with a 4xx and a code", async (path, body) => {
  const ada = await enter(opened);
  await createTenant(ada.browser, `prototype-${ada.id.toLowerCase()}`);
  const answer = await ada.browser.post(path, body);
  expect(answer.status).toBeGreaterThanOrEqual(400);
  expect(answer.status).toBeLessThan(500);
  expect(answer.body["code"]).toEqual(expect.any(String));
});

it("leaves metadata to its owner", async () => {
  const ada = await enter(opened);
  const metadata = { role: "r".repeat(300), name: "" };
  const body = { name: "T", slug: `metadata-${ada.id.toLowerCase()}`, metadata };
  expect((await ada.browser.post("/api/auth/organization/create", body)).status).toBe(200);
});

it("knows the fields that a plugin of the owner's adds to users", async () => {
  const withNames = openApp({ plugins: [usernameField] });
  const taken = { ...signUpBody(), nickname: "ada" };
  expect((await withNames.open().post("/api/auth/sign-up/email", taken)).status).not.toBe(400);
  const wrong = { ...signUpBody(), nickname: ["ada"] };
  const answer = await withNames.open().post("/api/auth/sign-up/email", wrong);
  expect(answer.body["code"]).toBe("INVALID_TYPE");
});

/** A plugin with a field of the user; its column is not in this database, so a sign-up gets no further than that. */
const usernameField = {
  id: "nickname",
  schema: { user: { fields: { nickname: { type: "string" as const, required: false } } } },
};

it("gives every refusal a code, on paths that are none too", async () => {
  for (const path of ["/api/auth/nothing", "/api/auth//session", "/api/auth/session/"]) {
    const answer = await opened.open().get(path);
    expect([path, answer.status, answer.body["code"]]).toEqual([path, 404, "NOT_FOUND"]);
  }
});
