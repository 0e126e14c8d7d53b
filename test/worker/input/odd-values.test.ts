/** Every route with every field of its body and query set to what no client sends: an answer, never a failure. */
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { readShape } from "../../../src/worker/input/shape.ts";
import { auth } from "../auth-instance.ts";
import { createTenant, openApp, enter, enterAdmin, type Browser } from "../browser.ts";

const opened = openApp();

const oddValues: unknown[] = [null, true, -1, "constructor", ["x"], {}];

const odd = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value));

interface RouteOptions {
  method?: string | string[];
  body?: unknown;
  query?: unknown;
}

interface Route {
  method: string;
  path: string;
  fields: string[];
  query: string[];
}

const routes: Route[] = Object.values(
  auth.api as Record<string, { path?: string; options?: RouteOptions }>,
).flatMap(({ path, options }) => {
  if (path === undefined) return [];
  const fields = [...(readShape(options?.body)?.keys() ?? [])];
  const query = [...(readShape(options?.query)?.keys() ?? [])];
  return [options?.method ?? "GET"]
    .flat()
    .map((method) => ({ method: method, path, fields, query }));
});

/** Values that let a request get past the first check, so that the odd one is reached. */
const usual: Record<string, unknown> = {
  name: "N",
  email: "odd@example.com",
  password: "tortoise velvet 41 orchards",
  userId: "nobody",
  role: "member",
  data: { name: "N" },
  permissions: { member: ["create"] },
  permission: { member: ["create"] },
  slug: "odd-values",
};

function requests({ method, fields, query }: Route): { search: string; body: unknown }[] {
  const given = Object.fromEntries(
    fields.flatMap((name) => (name in usual ? [[name, usual[name]]] : [])),
  );
  const bodies = (method === "GET" ? [] : fields).flatMap((name) =>
    oddValues.map((value) => ({ ...given, [name]: value })),
  );
  const searches = query.flatMap((name) =>
    oddValues.map((value) => `?${new URLSearchParams({ [name]: odd(value) }).toString()}`),
  );
  const body = method === "GET" ? undefined : given;
  return [
    { search: "", body },
    ...searches.map((search) => ({ search, body })),
    ...bodies.map((value) => ({ search: "", body: value })),
  ];
}

beforeEach(() => {
  for (const level of ["error", "warn", "log"] as const) vi.spyOn(console, level).mockReturnValue();
});

afterEach(() => {
  vi.restoreAllMocks();
});

/** Nobody has to be signed in for these, and each takes a hash. */
const forNobody = ["/sign-in/email", "/sign-up/email"];
/** These end the session or the user that asks. */
const ending = ["/sign-out", "/delete-user", "/revoke-sessions", "/admin/impersonate-user"];

async function failures(browser: Browser, left: readonly string[] = forNobody): Promise<string[]> {
  const failed: string[] = [];
  for (const route of routes.filter(({ path }) => ![...ending, ...left].includes(path))) {
    const path = `/api/auth${route.path.replace(/:\w+/g, "odd")}`;
    for (const { search, body } of requests(route)) {
      const answer = await browser.send(route.method, path + search, body);
      if (answer.status >= 500) {
        failed.push(`${answer.status} ${route.method} ${path}${search} ${JSON.stringify(body)}`);
      }
    }
  }
  return failed;
}

it("knows the routes and their fields, or the tests below say nothing", () => {
  expect(routes.length).toBeGreaterThan(80);
  expect(routes.flatMap(({ fields }) => fields).length).toBeGreaterThan(150);
});

it("never fails for nobody", { timeout: 120_000 }, async () => {
  expect(await failures(opened.open(), [])).toEqual([]);
});

it("never fails for an owner of a tenant", { timeout: 120_000 }, async () => {
  const ada = await enter(opened);
  await createTenant(ada.browser, "odd");
  expect(await failures(ada.browser)).toEqual([]);
  expect((await ada.browser.session()).user.role).toBe("user");
});

it("never fails for a platform admin", { timeout: 120_000 }, async () => {
  const admin = await enterAdmin(opened);
  await createTenant(admin.browser, "odd-admin");
  expect(await failures(admin.browser)).toEqual([]);
});
