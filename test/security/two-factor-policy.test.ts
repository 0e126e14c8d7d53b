/** Who must have a second factor, and that no way in goes around it. */
import { request as httpRequest } from "node:http";
import { text } from "node:stream/consumers";
import { beforeAll, describe, expect, it, vi } from "vitest";
import {
  bearerOf,
  createTenant,
  enrol,
  join,
  password,
  patience,
  type Browser,
  type Person,
} from "../people.ts";
import { call, readOperations, readRows, type Operation } from "./operations.ts";
import { plantVictim, type Cast } from "./plant.ts";
import { requests } from "./requests.ts";
import { startTarget, type Target } from "./target.ts";

/** What somebody without a second factor may do about a tenant that demands one. */
const openWithout = new Set([
  "GET /organization/get-invitation",
  "POST /organization/reject-invitation",
  "POST /organization/leave",
]);

/** The requests of somebody who makes the first admin, or signs in. */
const openToAll = new Set(["POST /platform/claim", "GET /platform/sign-in-options"]);

let target: Target;

beforeAll(async () => {
  target = await startTarget({ entry: "test/security/workers/strict.ts", cheapHashes: true });
  return target.stop;
});

describe("a tenant that demands two-factor authentication", () => {
  let owner: Person;
  let bob: Person;
  let tenantId: string;
  let slug = 0;

  beforeAll(async () => {
    owner = await target.enter("Ada");
    bob = await target.enter("Bob");
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

  describe("and its people, who have none", () => {
    let cast: Cast;
    let operations: Operation[];

    beforeAll(async () => {
      const people = await Promise.all(["Bo", "Bea", "Ben", "Gus"].map(target.enter));
      const [boss, admin, member, guest] = people as [Person, Person, Person, Person];
      cast = { owner: boss, admin, member, guest };
      operations = await readOperations(target);
    });

    const plantDemanding = async () => {
      const victim = await plantVictim(target, cast);
      await target.database
        .prepare("UPDATE organization SET require_two_factor = 1 WHERE id = ?")
        .bind(victim.tenantId)
        .run();
      return victim;
    };

    it("is closed to them on every route of the document that names it, but for leaving", async () => {
      const victim = await plantDemanding();
      const passed: unknown[] = [];
      let refused = 0;
      for (const operation of operations) {
        const { name, path } = operation;
        const aimed = requests[name]?.(victim);
        // A route that is new here has to say how it names a tenant.
        if (aimed === undefined && /^\/(organization|platform)\//.test(path)) passed.push(name);
        for (const { permitted, ...told } of openWithout.has(name) ? [] : (aimed ?? [])) {
          const names = [victim.tenantId, victim.slug, victim.invitation.id].some((id) =>
            JSON.stringify(told).includes(`"${id}"`),
          );
          for (const role of permitted) {
            if (role === "self" || role === "platform-admin") continue;
            const { status, body } = await call(cast[role].browser, operation, told);
            const { code } = body as { code?: string };
            if (names ? code !== "TWO_FACTOR_REQUIRED_BY_TENANT" : status === 200) {
              passed.push([name, role, told, status, code]);
            }
            refused += 1;
          }
        }
      }
      expect(passed).toEqual([]);
      expect(refused).toBeGreaterThan(60);
      const left = await cast.member.browser.post("/api/auth/organization/leave", {
        organizationId: victim.tenantId,
      });
      expect(left.status).toBe(200);
    });

    it("stays closed when a query and a body name different tenants", async () => {
      const { tenantId, slug } = await plantDemanding();
      const cookie = [...cast.admin.browser.cookies].map((pair) => pair.join("=")).join("; ");
      const ask = async (path: string, body: string) =>
        new Promise<string>((resolve, reject) => {
          const request = httpRequest({
            host: "127.0.0.1",
            port: target.port,
            path: `/api/auth${path}`,
            headers: {
              host: target.authHost,
              cookie,
              "content-type": "application/json",
              "content-length": body.length,
            },
          });
          request.on("response", (response) => resolve(text(response)));
          request.on("error", reject).end(body);
        });
      for (const query of [`organizationId=${tenantId}`, `organizationSlug=${slug}`]) {
        for (const route of ["get-full-organization", "list-members", "members", "get-role"]) {
          const answer = await ask(
            `/organization/${route}?${query}`,
            '{"organizationId":"x","organizationSlug":"x"}',
          );
          expect(answer).toContain("BODY_NOT_EXPECTED");
        }
      }
      const posted = await cast.admin.browser.post(
        `/api/auth/organization/has-permission?organizationId=x`,
        { organizationId: tenantId, permissions: { member: ["create"] } },
      );
      expect(posted.body).toMatchObject({ code: "TWO_FACTOR_REQUIRED_BY_TENANT" });
    });
  });

  it("is closed to a bearer token too", async () => {
    await found();
    await demand(owner.browser);
    const bearer = { authorization: await bearerOf(bob.browser, target.secret) };
    const full = `/api/auth/organization/get-full-organization?organizationId=${tenantId}`;
    const { body } = await target.open().get(full, bearer);
    expect(body).toMatchObject({ code: "TWO_FACTOR_REQUIRED_BY_TENANT" });
  });

  it("opens once they have it, and closes when they turn it off", async () => {
    await found();
    await demand(owner.browser);
    const carol = await target.enter("Carol");
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
    const { backupCodes } = await enrol(carol.browser);
    expect((await accept()).status).toBe(200);
    expect((await carol.browser.session()).session.activeOrganizationId).toBe(tenantId);
    const off = { password, code: backupCodes[0] };
    const disabled = await carol.browser.post("/api/auth/two-factor/disable", off);
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
    const stranger = await target.enter("Eve");
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
  const people = await Promise.all(["Bo", "Bea", "Ben", "Gus"].map(target.enter));
  const [owner, admin, member, guest] = people as [Person, Person, Person, Person];
  const victim = await plantVictim(target, { owner, admin, member, guest });
  const { browser } = await target.enterAdmin();
  const before = await readRows(target, ["audit_event"]);
  const guarded = (await readOperations(target)).filter(
    ({ name, path }) => /^\/(admin|platform)\/|^\/token$/.test(path) && !openToAll.has(name),
  );
  expect(guarded.length).toBeGreaterThan(30);
  const passed: unknown[] = [];
  for (const operation of guarded) {
    const aimed = requests[operation.name]?.(victim);
    // A route that is new here has to say what it would do.
    if (aimed === undefined) passed.push(operation.name);
    for (const { permitted: _, ...told } of aimed ?? []) {
      const { status, body } = await call(browser, operation, told);
      const { code } = body as { code?: string };
      if (status !== 403 || code !== "TWO_FACTOR_REQUIRED") {
        passed.push([operation.name, told, status, code]);
      }
    }
  }
  expect(passed).toEqual([]);
  expect(await readRows(target, ["audit_event"])).toEqual(before);
  await enrol(browser);
  for (const path of ["admin/list-users", "platform/tenants", "platform/audit-events", "token"]) {
    expect([path, (await browser.get(`/api/auth/${path}`)).status]).toEqual([path, 200]);
  }
});

it("challenges a sign-in by a mailed link, which leaves no session and no token behind", async () => {
  const { browser, email } = await target.enter();
  const { code } = await enrol(browser);
  const thief = target.open();
  await thief.post("/api/auth/sign-in/magic-link", { email });
  const link = await vi.waitFor(() => {
    const [, found] = /magic link: (\S+)/.exec(target.log()) ?? [];
    if (found === undefined) throw new Error("no link yet");
    return new URL(found);
  }, patience);
  const followed = await thief.get(link.pathname + link.search);
  expect(followed.headers.get("location")).toContain("/two-factor");
  expect(followed.headers.get("set-auth-token")).toBeNull();
  expect(await thief.get("/api/auth/session")).toMatchObject({ body: { session: null } });
  expect((await thief.get("/api/auth/token")).status).toBe(401);
  const solved = await thief.post("/api/auth/two-factor/verify-totp", { code: await code(1) });
  expect(solved.status).toBe(200);
  expect((await thief.session()).user.email).toBe(email);
});

it("challenges a user who signs in to accept an invitation", async () => {
  const owner = await target.enter("Ada");
  const bob = await target.enter("Bob");
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
