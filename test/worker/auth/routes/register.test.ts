/** The register of routes: every route of the running API has one record, and nothing is served without one. */
import { env } from "cloudflare:workers";
import { anonymous } from "better-auth/plugins/anonymous";
import { emailOTP } from "better-auth/plugins/email-otp";
import { magicLink } from "better-auth/plugins/magic-link";
import { oneTap } from "better-auth/plugins/one-tap";
import { openAPI } from "better-auth/plugins/open-api";
import { phoneNumber } from "better-auth/plugins/phone-number";
import { siwe } from "better-auth/plugins/siwe";
import { username } from "better-auth/plugins/username";
import { beforeAll, describe, expect, it } from "vitest";
import { pluginRoutes } from "../../../../src/worker/auth/routes/records/better-auth-plugins.ts";
import { routesOf } from "../../../../src/worker/auth/routes/endpoints.ts";
import { paths } from "../../../../src/worker/auth/routes/paths.ts";
import type { RouteName, RouteRecords } from "../../../../src/worker/auth/routes/record.ts";
import { createRegister } from "../../../../src/worker/auth/routes/register.ts";
import { templateRoutes } from "../../../../src/worker/auth/routes/template-routes.ts";
import { openDatabase } from "../../../../src/worker/db/database.ts";
import { inputSchema, type Schema } from "../../../../src/worker/openapi/schemas.ts";
import { readHealth } from "../../../../src/worker/health.ts";
import { auth, openAuth } from "../../auth-instance.ts";
import { enter, openApp } from "../../browser.ts";

const records: RouteRecords = templateRoutes;
const names = Object.keys(records) as RouteName[];
/** Served past Better Auth's router. */
const ownNames: RouteName[] = [`GET ${paths.session}`, `GET ${paths.openapi}`];
const served = [...routesOf(auth.api), ...ownNames];

function without(name: RouteName): RouteRecords {
  const { [name]: _, ...others } = records;
  return others;
}

describe("the template's records", () => {
  it("describe every route of the running API", () => {
    expect(served.filter((name) => !names.includes(name))).toEqual([]);
  });

  it("describe no other route but those of plugins that an owner may add", () => {
    // The template may have taken up one of those plugins itself.
    const others = names.filter((name) => !served.includes(name));
    expect(others.filter((name) => !(name in pluginRoutes))).toEqual([]);
  });

  it("describe every route of the plugins that they know, and none that these do not have", () => {
    const plugins = [
      openAPI(),
      username(),
      magicLink({ sendMagicLink: async () => {} }),
      emailOTP({ sendVerificationOTP: async () => {} }),
      phoneNumber({ sendOTP: async () => {} }),
      anonymous(),
      oneTap(),
      siwe({
        domain: "example.com",
        getNonce: async () => "",
        verifyMessage: async () => false,
      }),
    ];
    const routes = plugins.flatMap(({ endpoints }) => routesOf(endpoints));
    expect(routes.toSorted()).toEqual(Object.keys(pluginRoutes).toSorted());
  });
});

describe("a route without a record", () => {
  it("is not served", async () => {
    const { api } = openAuth({}, { records: without("GET /ok") });
    await expect(api.ok()).rejects.toMatchObject({ statusCode: 404, body: { code: "NOT_FOUND" } });
    await expect(auth.api.ok()).resolves.toEqual({ ok: true });
  });

  it("is named by the health check", async () => {
    const parsed = openAuth();
    const routes = createRegister(without("POST /sign-in/email"));
    const unservedRoutes = routesOf(parsed.api).filter((name) => !routes.has(name));
    const answer = await readHealth({
      config: { platformId: "k3m9p2xw7q", release: "1" } as never,
      database: openDatabase(env.DB),
      providers: [],
      email: undefined,
      unservedRoutes,
    });
    expect(await answer.json()).toMatchObject({ unservedRoutes: ["POST /sign-in/email"] });
  });

  it("is not one of this release", async () => {
    const { body } = await openApp().open().get<object>("/healthz");
    expect(body).not.toHaveProperty("unservedRoutes");
  });
});

/** The least value that a JSON Schema accepts, as far as the routes' schemas go. */
function sample(schema: Schema): unknown {
  const { type, anyOf, properties = {}, required = [], format } = schema as SampledSchema;
  if (anyOf?.[0] !== undefined) return sample(anyOf[0]);
  if (format === "email") return "nobody@example.com";
  if (type === "object") {
    return Object.fromEntries(required.map((name) => [name, sample(properties[name] ?? {})]));
  }
  if (type === "array") return [];
  return type === "boolean" ? true : "x1";
}

interface SampledSchema {
  type?: string;
  format?: string;
  anyOf?: Schema[];
  properties?: Record<string, Schema>;
  required?: string[];
}

/** Bodies of routes that ask for more than their schema says. */
const bodies: Partial<Record<RouteName, object>> = {
  "POST /admin/update-user": { userId: "x1", data: { name: "x1" } },
  "POST /admin/has-permission": { permissions: { user: ["list"] } },
  "POST /organization/update": { data: { name: "x1" } },
  "POST /organization/update-role": { roleName: "x1", data: { roleName: "x2" } },
  "POST /organization/has-permission": { permissions: { member: ["create"] } },
  "PATCH /platform/tenants/:id": { name: "x1" },
};
/** Where Better Auth refuses a stranger with another status. */
const refusedStatuses: Partial<Record<RouteName, number>> = {
  "GET /delete-user/callback": 404,
  "GET /organization/list-user-invitations": 400,
};

/** A request of a route that its schema accepts, about nothing that exists. */
function sampleRequest(name: RouteName) {
  const [method = "", path = ""] = name.split(" ");
  const endpoint = Object.values(auth.api).find(
    (one) => one.path === path && [one.options.method].flat().includes(method as never),
  );
  const { body, query } = (endpoint?.options ?? {}) as { body?: unknown; query?: unknown };
  const parameters = Object.entries(sample(inputSchema(query) ?? { type: "object" }) as object);
  const search = new URLSearchParams(parameters.map(([key, value]) => [key, String(value)]));
  return {
    method,
    path: `/api/auth${path.replaceAll(/:\w+/g, "x1")}?${search.toString()}`,
    body:
      method === "GET"
        ? undefined
        : (bodies[name] ?? sample(inputSchema(body) ?? { type: "object" })),
  };
}

describe("who may call a route is as its record says", () => {
  const opened = openApp({ providerTokens: true });
  const guarded = served.filter((name) => records[name]?.who !== "anyone");
  const admins = served.filter((name) => records[name]?.who === "platform-admin");
  let user: Awaited<ReturnType<typeof enter>>;

  beforeAll(async () => {
    user = await enter(opened);
  });

  const call = async (name: RouteName, browser = opened.open()) => {
    const { method, path, body } = sampleRequest(name);
    return (await browser.send(method, path, body)).status;
  };

  it.each(guarded)("%s refuses a request without a session", async (name) => {
    expect(await call(name)).toBe(refusedStatuses[name] ?? 401);
  });

  it.each(admins)("%s refuses a user who is no platform admin", async (name) => {
    expect(await call(name, user.browser)).toBe(403);
  });
});
