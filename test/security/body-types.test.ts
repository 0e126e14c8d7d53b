/**
 * A body that a guard and the route behind it would read in two ways: a list that the route takes for text, a field that it
 * drops, an empty one beside the query's. All are refused, and nothing has changed.
 */
import { beforeAll, describe, expect, it } from "vitest";
import { createTenant, join, linkIn, newEmail, password, type Person } from "../people.ts";
import { startTarget, type Target } from "./target.ts";

let target: Target;
const fresh = "marble orbit 58 lanterns";

beforeAll(async () => {
  target = await startTarget();
  return target.stop;
});

describe("a platform admin's request that names somebody by anything but a text", () => {
  const routes: [string, object][] = [
    ["set-user-password", { newPassword: fresh }],
    ["update-user", { data: { email: newEmail() } }],
    ["set-role", { role: "platform-admin" }],
    ["ban-user", {}],
    ["unban-user", {}],
    ["impersonate-user", {}],
    ["list-user-sessions", {}],
    ["revoke-user-sessions", {}],
    ["remove-user", {}],
    ["has-permission", { permissions: { user: ["ban"] } }],
  ];

  it.each(routes)("is refused: %s", async (route, more) => {
    const [admin, ada] = await Promise.all([target.enterAdmin(), target.enter()]);
    const path = `/api/auth/admin/${route}`;
    for (const userId of [[ada.id], [[ada.id]], { id: ada.id }, 5, true]) {
      const answer = await admin.browser.post(path, { userId, ...more });
      expect({ userId, ...answer }).toMatchObject({ userId, status: 400 });
    }
    const session = await ada.browser.get<{ user: unknown }>("/api/auth/session");
    expect(session.body.user).toMatchObject({ id: ada.id, email: ada.email, role: "user" });
    // What was refused before is not: the route itself is open to this admin.
    const { status } = await admin.browser.post(path, { userId: ada.id, ...more });
    expect(status).toBe(200);
  });

  it("gives the stolen session of an admin no password and no address of its own", async () => {
    const admin = await target.enterAdmin();
    const post = async (route: string, body: object) =>
      admin.browser.post<{ code: string }>(`/api/auth/admin/${route}`, body);
    for (const userId of [admin.id, [admin.id]]) {
      const status = typeof userId === "string" ? 403 : 400;
      expect(await post("set-user-password", { userId, newPassword: fresh })).toMatchObject({
        status,
      });
      expect(await post("update-user", { userId, data: { email: newEmail() } })).toMatchObject({
        status,
      });
    }
  });
});

describe("a reset whose token is in the query, beside an empty one in the body", () => {
  it("is judged, and logged as its account's", async () => {
    const ada = await target.signUp();
    await target.open().post("/api/auth/request-password-reset", { email: ada.email });
    const token = linkIn(await target.mailTo(ada.email, "Reset")).searchParams.get("token") ?? "";
    const reset = async (newPassword: string) =>
      target.open().post(`/api/auth/reset-password?token=${token}`, { token: "", newPassword });
    expect(await reset("a")).toMatchObject({ status: 400, body: { code: "PASSWORD_TOO_SHORT" } });
    expect((await reset(fresh)).status).toBe(200);
    const signIn = async (secret: string) =>
      target.open().post("/api/auth/sign-in/email", { email: ada.email, password: secret });
    expect((await signIn(password)).status).toBe(401);
    expect((await signIn(fresh)).status).toBe(200);
    const [event] = (
      await target.database
        .prepare("SELECT actor_id FROM audit_event WHERE event = 'password.reset' AND actor_id = ?")
        .bind(ada.id)
        .all()
    ).results;
    expect(event).toEqual({ actor_id: ada.id });
  });
});

describe("a role's new name", () => {
  let owner: Person;
  let steward: Person;
  let organizationId: string;

  it("is not given past one's own by a field that the route drops", async () => {
    [owner, steward] = await Promise.all([target.enter("Ada"), target.enter("Stella")]);
    organizationId = (await createTenant(owner.browser, "names")).id;
    const createRole = async (role: string, permission: object) => {
      const { body } = await owner.browser.post<{ roleData: { id: string } }>(
        "/api/auth/organization/create-role",
        { organizationId, role, permission },
      );
      return body.roleData.id;
    };
    await createRole("steward", { ac: ["read", "update"] });
    const helper = await createRole("helper", { ac: ["read"] });
    const roleId = await createRole("closer", { organization: ["delete"] });
    await join(owner.browser, steward, organizationId, "steward");
    await target.database
      .prepare("UPDATE member SET role = 'steward,helper' WHERE user_id = ?")
      .bind(steward.id)
      .run();
    const update = async (body: object) =>
      steward.browser.post("/api/auth/organization/update-role", { organizationId, ...body });
    expect((await update({ roleId: helper, data: { roleName: "once-helper" } })).status).toBe(200);
    const data = { roleName: "helper" };
    expect(await update({ roleId, data })).toMatchObject({
      status: 403,
      body: { code: "ROLE_ABOVE_YOUR_OWN" },
    });
    for (const roleName of [5, [], null, { helper: true }, true]) {
      expect((await update({ roleId, roleName, data })).status).toBe(400);
    }
    expect(
      (await steward.browser.post("/api/auth/organization/delete", { organizationId })).status,
    ).toBe(403);
  });
});
