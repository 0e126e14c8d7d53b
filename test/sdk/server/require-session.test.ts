import { Hono } from "hono";
import { expect, it } from "vitest";
import { requireSession, type SessionVariables } from "../../../src/sdk/server.ts";
import { createTenant, join, openApp, signUp, signUpAdmin } from "../../worker/browser.ts";
import { openSigner, platformId, serviceOf, tokenOf } from "./tokens.ts";

const opened = openApp();
const bindings = { PLATFORM_ID: platformId, AUTH: serviceOf(opened.app) };
const service = (env: unknown) => (env as typeof bindings).AUTH;

/** Another Worker of the platform. */
const app = new Hono<{ Variables: SessionVariables }>();
app.get("/anyone", requireSession({ service }), ({ var: { session }, json }) =>
  json({ sub: session.sub, tenant: session.tenant }),
);
app.get("/admins", requireSession({ service, role: "platform-admin" }), (c) => c.text("ok"));
app.get("/billing", requireSession({ service, permission: "billing:view" }), (c) => c.text("ok"));
app.get("/invite", requireSession({ service, permission: "invitation:create" }), (c) =>
  c.text("ok"),
);
app.get("/owners", requireSession({ service, tenantRole: ["owner", "admin"] }), (c) =>
  c.text("ok"),
);
app.get("/payments", requireSession({ service, refuseImpersonators: true }), (c) => c.text("ok"));

async function get(path: string, authorization?: string, env: object = bindings) {
  const headers = authorization === undefined ? {} : { authorization };
  const answer = await app.request(path, { headers }, env);
  const isProblem = answer.headers.get("content-type") === "application/problem+json";
  return {
    status: answer.status,
    challenge: answer.headers.get("www-authenticate"),
    headers: answer.headers,
    problem: isProblem ? await answer.json<{ code: string; detail: string }>() : undefined,
    answer,
  };
}

it("lets a signed-in user through and hands the route a typed session", async () => {
  const ada = await signUp(opened);
  const tenant = await createTenant(ada.browser, "sdk-middleware");
  const { status, answer } = await get("/anyone", `Bearer ${await tokenOf(ada.browser)}`);
  expect(status).toBe(200);
  expect(await answer.json()).toEqual({ sub: ada.id, tenant: tenant.id });
});

it("refuses an impersonator where the route asks for the user, and only there", async () => {
  const [admin, ada] = [await signUpAdmin(opened), await signUp(opened)];
  const own = `Bearer ${await tokenOf(ada.browser)}`;
  expect((await get("/payments", own)).status).toBe(200);
  await admin.browser.post("/api/auth/admin/impersonate-user", { userId: ada.id });
  const impersonating = `Bearer ${await tokenOf(admin.browser)}`;
  expect((await get("/anyone", impersonating)).status).toBe(200);
  const { status, challenge, problem } = await get("/payments", impersonating);
  expect(status).toBe(403);
  expect(challenge).toContain('error="insufficient_scope"');
  expect(problem?.code).toBe("NOT_WHILE_IMPERSONATING");
});

it("answers 401 without an error code if there is no token", async () => {
  const { status, challenge, problem } = await get("/anyone");
  expect(status).toBe(401);
  expect(challenge).toBe(`Bearer realm="${platformId}"`);
  expect(problem).toMatchObject({ status: 401, code: "TOKEN_MISSING" });
});

it("answers 401 invalid_token to a malformed or foreign token, without saying why", async () => {
  const { sign } = await openSigner("foreign");
  for (const header of [
    "Basic YTpi",
    "Bearer",
    "Bearer a b",
    "Bearer x",
    `Bearer ${await sign()}`,
  ]) {
    const { status, challenge, problem, headers } = await get("/anyone", header);
    expect(status).toBe(401);
    expect(challenge).toContain('error="invalid_token"');
    expect(problem?.code).toBe("TOKEN_INVALID");
    expect(headers.get("cache-control")).toBe("no-store");
  }
});

it("reports an expired token by its own code, so that the caller fetches a new one", async () => {
  const { jwks, sign } = await openSigner();
  const expiring = new Hono().get("/", requireSession({ jwks }), (c) => c.text("ok"));
  const authorization = `Bearer ${await sign({ exp: Math.floor(Date.now() / 1000) - 60 })}`;
  const answer = await expiring.request("/", { headers: { authorization } }, bindings);
  expect(answer.status).toBe(401);
  expect(await answer.json()).toMatchObject({ code: "TOKEN_EXPIRED" });
});

it("requires a platform role, or a permission of that role", async () => {
  const [ada, grace] = [await signUp(opened), await signUpAdmin(opened)];
  const [user, admin] = [
    `Bearer ${await tokenOf(ada.browser)}`,
    `Bearer ${await tokenOf(grace.browser)}`,
  ];
  for (const path of ["/admins", "/billing"]) {
    expect((await get(path, admin)).status).toBe(200);
    const { status, challenge, problem } = await get(path, user);
    expect(status).toBe(403);
    expect(challenge).toContain('error="insufficient_scope"');
    expect(problem?.code).toBe("INSUFFICIENT_ROLE");
  }
});

it("requires a role in the active tenant, or a permission of that role", async () => {
  const [ada, bob] = [await signUp(opened), await signUp(opened, "Bob")];
  const tenant = await createTenant(ada.browser, "sdk-tenant-roles");
  await join(ada.browser, bob, tenant.id);
  await bob.browser.post("/api/auth/organization/set-active", { organizationId: tenant.id });
  for (const path of ["/owners", "/invite"]) {
    expect((await get(path, `Bearer ${await tokenOf(ada.browser)}`)).status).toBe(200);
    expect((await get(path, `Bearer ${await tokenOf(bob.browser)}`)).status).toBe(403);
  }
});

it("says to choose a tenant if none is active", async () => {
  const ada = await signUp(opened);
  const { status, problem } = await get("/owners", `Bearer ${await tokenOf(ada.browser)}`);
  expect(status).toBe(403);
  expect(problem?.detail).toContain("active tenant");
});

it("answers 503, not 401, while the keys cannot be fetched", async () => {
  const ada = await signUp(opened);
  const down = { fetch: async () => new Response("down", { status: 503 }) };
  const { status, headers, problem } = await get(
    "/anyone",
    `Bearer ${await tokenOf(ada.browser)}`,
    {
      ...bindings,
      AUTH: down,
    },
  );
  expect(status).toBe(503);
  expect(headers.get("retry-after")).toBe("5");
  expect(problem?.code).toBe("KEYS_UNAVAILABLE");
});

it("answers 503 and names the variable that is missing or wrong", async () => {
  for (const variables of [{}, { PLATFORM_ID: "" }, { PLATFORM_ID: "<platformId>" }]) {
    const { status, problem } = await get("/anyone", "Bearer x", variables);
    expect(status).toBe(503);
    expect(problem).toMatchObject({ code: "NOT_CONFIGURED" });
    expect(problem?.detail).toContain("PLATFORM_ID");
  }
});

it.each([
  { AUTH_URL: "auth.example.com" },
  { AUTH_URL: "ftp://auth.example.com" },
  { ROOT_DOMAIN: "not a domain" },
])("answers 503 naming the variable of an address that cannot be one: %o", async (variables) => {
  const { status, problem } = await get("/anyone", "Bearer x", { ...bindings, ...variables });
  expect(status).toBe(503);
  expect(problem).toMatchObject({ code: "NOT_CONFIGURED" });
  expect(problem?.detail).toContain(Object.keys(variables)[0]);
});
