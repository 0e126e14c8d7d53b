/** Who must have a second factor, and that no way in goes around it. */
import { beforeAll, describe, expect, it, vi } from "vitest";
import { createTenant, enrol, join, password, type Browser, type Person } from "../people.ts";
import { startTarget, type Target } from "./target.ts";

let target: Target;

beforeAll(async () => {
  target = await startTarget({ entry: "test/security/workers/strict.ts" });
  return target.stop;
});

describe("a tenant that demands two-factor authentication", () => {
  let owner: Person;
  let bob: Person;
  let tenantId: string;
  let slug = 0;

  beforeAll(async () => {
    owner = await target.signUp("Ada");
    bob = await target.signUp("Bob");
    await enrol(owner.browser);
  });

  /** A tenant with Bob as an admin whose active one it is. */
  const found = async () => {
    slug += 1;
    const tenant = await createTenant(owner.browser, `demanding-${slug}`);
    await join(owner.browser, bob, tenant.id, "admin");
    tenantId = tenant.id;
    expect((await bob.browser.session()).session.activeOrganizationId).toBe(tenantId);
  };
  const demand = async (by: Browser, requireTwoFactor = true) =>
    by.post("/api/auth/organization/update", {
      organizationId: tenantId,
      data: { requireTwoFactor },
    });

  it("is nobody's active tenant who has none, from that moment on", async () => {
    await found();
    expect((await demand(owner.browser)).status).toBe(200);
    expect((await bob.browser.session()).session.activeOrganizationId).toBeNull();
    const { body } = await bob.browser.get<{ token: string }>("/api/auth/token");
    expect(JSON.parse(atob(body.token.split(".")[1] ?? ""))).not.toHaveProperty("tenant");
    expect((await owner.browser.session()).session.activeOrganizationId).toBe(tenantId);
  });

  it("is closed to them on every route that names it, but for leaving", async () => {
    await found();
    await demand(owner.browser);
    const attempts = await Promise.all([
      bob.browser.post("/api/auth/organization/set-active", { organizationId: tenantId }),
      bob.browser.post("/api/auth/organization/set-active", {
        organizationSlug: `demanding-${slug}`,
      }),
      bob.browser.get(`/api/auth/organization/get-full-organization?organizationId=${tenantId}`),
      bob.browser.get(
        `/api/auth/organization/get-full-organization?organizationSlug=demanding-${slug}`,
      ),
      bob.browser.get(`/api/auth/organization/list-members?organizationId=${tenantId}`),
      bob.browser.get(`/api/auth/organization/list-invitations?organizationId=${tenantId}`),
      bob.browser.post("/api/auth/organization/invite-member", {
        email: "eve@example.com",
        role: "member",
        organizationId: tenantId,
      }),
      bob.browser.post("/api/auth/organization/has-permission", {
        organizationId: tenantId,
        permissions: { member: ["create"] },
      }),
      demand(bob.browser, false),
    ]);
    for (const { status, body } of attempts) {
      expect({ status, code: body["code"] }).toEqual({
        status: 403,
        code: "TWO_FACTOR_REQUIRED_BY_TENANT",
      });
    }
    const left = await bob.browser.post("/api/auth/organization/leave", {
      organizationId: tenantId,
    });
    expect(left.status).toBe(200);
  });

  it("is closed to a bearer token too", async () => {
    await found();
    await demand(owner.browser);
    const [cookie = ""] = [...bob.browser.cookies.values()];
    const bearer = { authorization: `Bearer ${decodeURIComponent(cookie)}` };
    const full = `/api/auth/organization/get-full-organization?organizationId=${tenantId}`;
    const { body } = await target.open().get(full, bearer);
    expect(body).toMatchObject({ code: "TWO_FACTOR_REQUIRED_BY_TENANT" });
  });

  it("opens once they have it, and closes when they turn it off", async () => {
    await found();
    await demand(owner.browser);
    const carol = await target.signUp("Carol");
    const invited = await owner.browser.post<{ id: string }>(
      "/api/auth/organization/invite-member",
      {
        email: carol.email,
        role: "member",
        organizationId: tenantId,
      },
    );
    const accept = async () =>
      carol.browser.post("/api/auth/organization/accept-invitation", {
        invitationId: invited.body.id,
      });
    expect((await accept()).body).toMatchObject({ code: "TWO_FACTOR_REQUIRED_BY_TENANT" });
    await enrol(carol.browser);
    expect((await accept()).status).toBe(200);
    expect((await carol.browser.session()).session.activeOrganizationId).toBe(tenantId);
    const disabled = await carol.browser.post("/api/auth/two-factor/disable", { password });
    expect(disabled.status).toBe(200);
    expect((await carol.browser.session()).session.activeOrganizationId).toBeNull();
  });

  it("is not made by somebody who has none themself", async () => {
    await found();
    const { body } = await demand(bob.browser);
    expect(body).toMatchObject({ code: "TWO_FACTOR_REQUIRED" });
    const created = await bob.browser.post("/api/auth/organization/create", {
      name: "Own",
      slug: "bobs-own",
      requireTwoFactor: true,
    });
    expect(created.body).toMatchObject({ code: "TWO_FACTOR_REQUIRED" });
    const full = `/api/auth/organization/get-full-organization?organizationId=${tenantId}`;
    expect((await bob.browser.get(full)).body).toMatchObject({ requireTwoFactor: false });
  });

  it("tells nobody else that it does", async () => {
    await found();
    await demand(owner.browser);
    const stranger = await target.signUp("Eve");
    const full = `/api/auth/organization/get-full-organization?organizationId=`;
    const real = await stranger.browser.get(full + tenantId);
    expect(real.body["code"]).not.toBe("TWO_FACTOR_REQUIRED_BY_TENANT");
  });

  it("is in the audit log", async () => {
    await found();
    await demand(owner.browser);
    const { body } = await owner.browser.get<{ events: object[] }>(
      `/api/auth/platform/audit-events?tenantId=${tenantId}`,
    );
    expect(body.events[0]).toMatchObject({
      event: "tenant.updated",
      actorId: owner.id,
      detail: { requireTwoFactor: true },
    });
  });
});

it("keeps a platform admin without it from every route of platform admins, and from a token", async () => {
  const { browser } = await target.signUpAdmin();
  const attempts = [
    await browser.get("/api/auth/admin/list-users"),
    await browser.get("/api/auth/platform/tenants"),
    await browser.get("/api/auth/platform/audit-events"),
    await browser.get("/api/auth/token"),
  ];
  for (const { status, body } of attempts) {
    expect({ status, code: body["code"] }).toEqual({ status: 403, code: "TWO_FACTOR_REQUIRED" });
  }
  await enrol(browser);
  expect((await browser.get("/api/auth/admin/list-users")).status).toBe(200);
});

it("challenges a sign-in by a mailed link, which leaves no session and no token behind", async () => {
  const { browser, email } = await target.signUp();
  const { code } = await enrol(browser);
  const thief = target.open();
  await thief.post("/api/auth/sign-in/magic-link", { email });
  const link = await vi.waitFor(() => {
    const [, found] = /magic link: (\S+)/.exec(target.log()) ?? [];
    if (found === undefined) throw new Error("no link yet");
    return new URL(found);
  });
  const followed = await thief.get(link.pathname + link.search);
  expect(followed.headers.get("location")).toContain("/two-factor");
  expect(followed.headers.get("set-auth-token")).toBeNull();
  expect(await thief.get("/api/auth/session")).toMatchObject({ body: { session: null } });
  expect((await thief.get("/api/auth/token")).status).toBe(401);
  const solved = await thief.post("/api/auth/two-factor/verify-totp", { code: await code(1) });
  expect(solved.status).toBe(200);
  expect((await thief.session()).user.email).toBe(email);
});

it("challenges whoever signs in to accept an invitation", async () => {
  const owner = await target.signUp("Ada");
  const bob = await target.signUp("Bob");
  await enrol(bob.browser);
  const tenant = await createTenant(owner.browser, "inviting");
  const invited = await owner.browser.post<{ id: string }>("/api/auth/organization/invite-member", {
    email: bob.email,
    role: "member",
    organizationId: tenant.id,
  });
  const thief = target.open();
  const signedIn = await thief.post("/api/auth/sign-in/email", { email: bob.email, password });
  expect(signedIn.body).toMatchObject({ twoFactorRedirect: true });
  const accepted = await thief.post("/api/auth/organization/accept-invitation", {
    invitationId: invited.body.id,
  });
  expect(accepted.status).toBe(401);
});
