import { describe, expect, it } from "vitest";
import {
  isLocalHost,
  matchesOrigin,
  platform,
  platformIdOfWorker,
  readPlatformHost,
} from "../src/platform.ts";

describe("a platformId", () => {
  it("determines every name of the platform", () => {
    expect(platform("k3m9p2xw7q")).toEqual({
      platformId: "k3m9p2xw7q",
      rootDomain: "nno.app",
      authHost: "auth.svc.default.k3m9p2xw7q.nno.app",
      authUrl: "https://auth.svc.default.k3m9p2xw7q.nno.app",
      consoleUrl: "https://console.app.default.k3m9p2xw7q.nno.app",
      cookieDomain: ".k3m9p2xw7q.nno.app",
      trustedOrigins: ["https://*.k3m9p2xw7q.nno.app"],
      databaseName: "k3m9p2xw7q-default-auth-db",
      workerName: "k3m9p2xw7q-default-auth",
    });
  });

  it("has the same names on a local root domain, over http and on its port", () => {
    const local = platform("k3m9p2xw7q", { rootDomain: "nno.localhost", port: 8790 });
    expect(local.authUrl).toBe("http://auth.svc.default.k3m9p2xw7q.nno.localhost:8790");
    expect(local.trustedOrigins).toEqual(["http://*.k3m9p2xw7q.nno.localhost:8790"]);
    expect(local.cookieDomain).toBe(".k3m9p2xw7q.nno.localhost");
  });

  it.each([
    "",
    "k3m9p2xw7",
    "k3m9p2xw7qq",
    "K3M9P2XW7Q",
    "k3m9p2xw7.",
    "k3m9p2xw7é",
    "../../../..",
  ])("is not %j", (id) => {
    expect(() => platform(id)).toThrow(RangeError);
  });
});

describe("a Worker's name", () => {
  it("is one platform's, and leads back to it", () => {
    expect(platformIdOfWorker(platform("k3m9p2xw7q").workerName)).toBe("k3m9p2xw7q");
  });

  it.each([
    "k3m9p2xw7q",
    "k3m9p2xw7q-staging",
    "k3m9p2xw7q-default-auth-db",
    "k3m9p2xw7q-default-auth-2",
    "my-k3m9p2xw7q-default-auth",
    "k3m9p2xw7-default-auth",
    "K3M9P2XW7Q-default-auth",
    "-default-auth",
    "",
  ])("%j is no platform's", (name) => {
    expect(platformIdOfWorker(name)).toBeUndefined();
  });
});

describe("an origin", () => {
  const pattern = "https://*.k3m9p2xw7q.nno.app";

  it.each([
    ["https://console.app.default.k3m9p2xw7q.nno.app", true],
    ["https://a.k3m9p2xw7q.nno.app", true],
    ["https://k3m9p2xw7q.nno.app", false],
    ["https://.k3m9p2xw7q.nno.app.evil.example", false],
    ["https://evil.example/.k3m9p2xw7q.nno.app", false],
    ["https://evil.example#.k3m9p2xw7q.nno.app", false],
    ["https://a.k3m9p2xw7qxnno.app", false],
    ["http://a.k3m9p2xw7q.nno.app", false],
    ["https://a.k3m9p2xw7q.nno.app:444", false],
    ["HTTPS://A.K3M9P2XW7Q.NNO.APP", false],
    ["null", false],
  ])("%s matches the platform's pattern: %s", (origin, matches) => {
    expect(matchesOrigin(origin, pattern)).toBe(matches);
  });
});

it("knows which hosts are this machine", () => {
  for (const host of ["localhost", "a.b.localhost", "127.0.0.1", "[::1]"]) {
    expect(isLocalHost(host)).toBe(true);
  }
  for (const host of ["localhost.evil.example", "notlocalhost", "10.0.0.1", "nno.app"]) {
    expect(isLocalHost(host)).toBe(false);
  }
});

describe("a host", () => {
  it("says of which platform it is, and what is there", () => {
    const { authHost, consoleUrl, platformId } = platform("k3m9p2xw7q");
    const rest = { platformId, rootDomain: "nno.app" };
    expect(readPlatformHost(authHost)).toEqual({ service: "auth.svc", ...rest });
    const consoleHost = new URL(consoleUrl).hostname;
    expect(readPlatformHost(consoleHost)).toEqual({ service: "console.app", ...rest });
  });

  it.each([
    "",
    "nno.app",
    "console.app.default.K3M9P2XW7Q.nno.app",
    "console.app.default.k3m9p2xw7.nno.app",
    "console.app.default.k3m9p2xw7q",
    "a.console.app.default.k3m9p2xw7q.nno.app",
    "console.app.staging.k3m9p2xw7q.nno.app",
  ])("%j says nothing", (host) => {
    expect(readPlatformHost(host)).toBeUndefined();
  });
});
