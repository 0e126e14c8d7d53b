import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { startLocalCloudflare } from "../../src/local/cloudflare.ts";
import { createClient, startClient, temporaryFolder } from "./harness.ts";
import { judged } from "./openapi.ts";

const client = await startClient({ tokens: { "reads-databases": ["D1:Read"] } });
const { api, cloudflare } = client;

describe(`account, zone and tokens ${judged}`, () => {
  it("verifies its token", async () => {
    const { status, result } = await api("GET", "/user/tokens/verify");
    expect(status).toBe(200);
    expect(result.status).toBe("active");
  });

  it("refuses a call without a token with 10000", async () => {
    const { status, errors } = await api("GET", "~/d1/database", undefined, { token: "" });
    expect([status, errors[0]?.code]).toEqual([401, 10000]);
  });

  it("refuses a malformed Authorization header with 6003 and 6111", async () => {
    const { status, errors } = await api("GET", "~/d1/database", undefined, {
      headers: { Authorization: "Basic abc" },
    });
    expect([status, errors[0]?.code, errors[0]?.error_chain?.[0]?.code]).toEqual([400, 6003, 6111]);
  });

  it("refuses an unknown token: 1000 when asked to verify it, 9109 for zones, 10000 in the account", async () => {
    const options = { token: "nobody-knows-this" };
    const verify = await api("GET", "/user/tokens/verify", undefined, options);
    expect([verify.status, verify.errors[0]?.code]).toEqual([401, 1000]);
    const zones = await api("GET", "/zones", undefined, options);
    expect([zones.status, zones.errors[0]?.code]).toEqual([403, 9109]);
    const databases = await api("GET", "~/d1/database", undefined, options);
    expect([databases.status, databases.errors[0]?.code]).toEqual([401, 10000]);
  });

  it("refuses another account with 10000, and an invalid account id with 7003", async () => {
    const other = await api("GET", `/accounts/${"0".repeat(32)}/d1/database`);
    expect([other.status, other.errors[0]?.code]).toEqual([403, 10000]);
    const malformed = await api("GET", "/accounts/me/d1/database");
    expect([malformed.status, malformed.errors[0]?.code]).toEqual([404, 7003]);
  });

  it("lets a limited token do what it is allowed to, and refuses the rest with 403 and 10000", async () => {
    const options = { token: "reads-databases" };
    expect((await api("GET", "~/d1/database", undefined, options)).status).toBe(200);
    const create = await api("POST", "~/d1/database", { name: "not-allowed" }, options);
    expect([create.status, create.errors[0]?.code]).toEqual([403, 10000]);
    const scripts = await api("GET", "~/workers/scripts", undefined, options);
    expect([scripts.status, scripts.errors[0]?.code]).toEqual([403, 10000]);
  });

  it("reads more tokens from tokens.json in the state folder, and refuses a damaged one", async () => {
    const stateFolder = temporaryFolder();
    const file = join(stateFolder, "tokens.json");
    writeFileSync(file, '{"from-the-file": ["Zone:Read"]}');
    const other = await startLocalCloudflare({ stateFolder });
    const options = { token: "from-the-file" };
    expect((await createClient(other).api("GET", "/zones", undefined, options)).status).toBe(200);
    await other.stop();
    writeFileSync(file, '{"from-the-file": ');
    await expect(startLocalCloudflare({ stateFolder })).rejects.toThrow(`${file} cannot be read`);
  });

  it("lists its account", async () => {
    const { result } = await api("GET", "/accounts");
    expect(result).toHaveLength(1);
    expect(result[0].id).toBe(cloudflare.accountId);
  });

  it("finds its zone by its exact name only", async () => {
    const found = await api("GET", "/zones?name=nno.localhost");
    expect(found.result[0].id).toBe(cloudflare.zoneId);
    expect((await api("GET", "/zones?name=nno")).result).toEqual([]);
    expect((await api("GET", `/zones/${cloudflare.zoneId}`)).result.name).toBe("nno.localhost");
  });

  it("answers an unknown path with 7003", async () => {
    const { status, errors } = await api("GET", "~/nothing/here");
    expect([status, errors[0]?.code]).toEqual([404, 7003]);
  });

  it("answers a path that is not well-formed with a 4xx", async () => {
    const { apiBaseUrl, accountId, apiToken } = cloudflare;
    const broken = await fetch(`${apiBaseUrl}/accounts/${accountId}/d1/database/%ZZ`, {
      headers: { Authorization: `Bearer ${apiToken}` },
    });
    expect(broken.status).toBe(400);
  });
});
