import { describe, expect, it } from "vitest";
import {
  type NnoAuthEnvironment,
  type NnoAuthOptions,
  readConfiguration,
} from "../../src/sdk/configuration.ts";

const authUrl = "https://auth.svc.default.k3m9p2xw7q.nno.app";
const page = "http://localhost:5173";

function read(options: NnoAuthOptions, environment: NnoAuthEnvironment = {}, origin = page) {
  return readConfiguration(options, environment, origin);
}

function codeOf(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
  return undefined;
}

describe("the auth Worker's address", () => {
  it.each<[string, NnoAuthOptions, NnoAuthEnvironment, string]>([
    [
      "is the one that the app passes",
      { authUrl },
      { VITE_AUTH_URL: "https://x.example" },
      `${authUrl}/api/auth`,
    ],
    ["is VITE_AUTH_URL", {}, { VITE_AUTH_URL: `${authUrl}/` }, `${authUrl}/api/auth`],
    ["can include the path", {}, { VITE_AUTH_URL: `${authUrl}/api/auth/` }, `${authUrl}/api/auth`],
    [
      "is VITE_AUTH_API_URL behind a proxy",
      {},
      { VITE_AUTH_API_URL: "/api/auth" },
      `${page}/api/auth`,
    ],
    [
      "is that of the proxy in development",
      {},
      { VITE_AUTH_URL: authUrl, VITE_AUTH_API_URL: "/api/auth", DEV: true },
      `${page}/api/auth`,
    ],
    [
      "is not that of the proxy in a build that has another one",
      {},
      { VITE_AUTH_URL: authUrl, VITE_AUTH_API_URL: "/api/auth", DEV: false },
      `${authUrl}/api/auth`,
    ],
    [
      "can be set twice, if both name the same server",
      {},
      { VITE_AUTH_URL: authUrl, VITE_AUTH_API_URL: `${authUrl}/api/auth` },
      `${authUrl}/api/auth`,
    ],
  ])("%s", (_, options, environment, baseUrl) => {
    expect(read(options, environment).baseUrl).toBe(baseUrl);
  });

  it.each<[string, NnoAuthEnvironment, string, string]>([
    ["without variables", {}, "https://console.app.default.k3m9p2xw7q.nno.app", authUrl],
    [
      "at a local edge's port",
      {},
      "http://shop.app.default.k3m9p2xw7q.nno.localhost:8788",
      "http://auth.svc.default.k3m9p2xw7q.nno.localhost:8788",
    ],
    [
      "in a build that has only the path of a proxy",
      { VITE_AUTH_API_URL: "/api/auth", DEV: false },
      "https://console.app.default.k3m9p2xw7q.nno.app",
      authUrl,
    ],
    [
      "not in a build with an address of its own",
      { VITE_AUTH_URL: "https://auth.example.com" },
      "https://console.app.default.k3m9p2xw7q.nno.app",
      "https://auth.example.com",
    ],
    [
      "not where the build was told another by its path's variable",
      { VITE_AUTH_API_URL: "https://auth.example.com" },
      "https://console.app.default.k3m9p2xw7q.nno.app",
      "https://auth.example.com",
    ],
  ])("is that of the page's own platform, %s", (_, environment, origin, expected) => {
    expect(read({}, environment, origin).baseUrl).toBe(`${expected}/api/auth`);
  });

  it("throws an error that names the variables to set if it is missing", () => {
    for (const environment of [{}, { VITE_AUTH_URL: "" }]) {
      expect(() => read({}, environment)).toThrow(/VITE_AUTH_URL=https.*VITE_AUTH_API_URL/);
      expect(codeOf(() => read({}, environment))).toBe("auth_url_missing");
    }
  });

  it("is refused if two variables name different servers", () => {
    const environment = { VITE_AUTH_URL: authUrl, VITE_AUTH_API_URL: "https://other.example" };
    expect(codeOf(() => read({}, environment))).toBe("auth_urls_disagree");
  });

  it.each([
    "auth.example.com",
    "//auth.example.com",
    "ftp://x",
    "javascript:alert(1)",
    "api/auth",
    `${authUrl}?a`,
  ])("is not %s", (wrong) => {
    expect(codeOf(() => read({ authUrl: wrong }))).toBe("auth_url_invalid");
  });

  it("cannot be a path outside a page", () => {
    const action = () => readConfiguration({ authUrl: "/api/auth" }, {}, undefined);
    expect(codeOf(action)).toBe("auth_url_invalid");
  });
});

describe("the platform", () => {
  it("must have a valid platformId", () => {
    expect(codeOf(() => read({ authUrl, platformId: "K3M9P2XW7Q" }))).toBe("platform_id_invalid");
    expect(codeOf(() => read({ authUrl }, { VITE_PLATFORM_ID: "<platformId>" }))).toBe(
      "platform_id_invalid",
    );
  });

  it("causes a warning if the address belongs to another platform", () => {
    const [warning] = read({ authUrl, platformId: "zzzzzzzzzz" }).warnings;
    expect(warning).toContain("k3m9p2xw7q");
    expect(warning).toContain("auth.svc.default.zzzzzzzzzz.nno.app");
  });

  it("causes no warning if it matches the address, or with a custom domain", () => {
    expect(read({ authUrl, platformId: "k3m9p2xw7q" }).warnings).toEqual([]);
    const custom = { authUrl: "https://auth.example.com", platformId: "k3m9p2xw7q" };
    expect(read(custom).warnings).toEqual([]);
  });
});
