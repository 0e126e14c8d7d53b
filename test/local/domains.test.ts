import { describe, expect, it } from "vitest";
import { deploy, echoWorker, scriptForm, startClient } from "./harness.ts";
import { judged } from "./openapi.ts";

const delayMilliseconds = 60_000;
let time = Date.parse("2026-01-01T00:00:00Z");
const client = await startClient({
  certificateDelayMilliseconds: delayMilliseconds,
  now: () => time,
});
const { api, cloudflare } = client;
for (const script of ["first", "second"]) {
  await api("PUT", `~/workers/scripts/${script}`, scriptForm(echoWorker));
}
const attach = (hostname: string, service: string, more: Record<string, unknown> = {}) =>
  api("PUT", "~/workers/domains", { hostname, service, ...more });

describe(`hostnames of Workers ${judged}`, () => {
  it("attaches a hostname, finds it and detaches it", async () => {
    const { result } = await attach("found.nno.localhost", "first");
    expect(result).toMatchObject({ service: "first", zone_name: "nno.localhost" });
    const list = await api("GET", "~/workers/domains?hostname=found.nno.localhost");
    expect(list.result).toEqual([result]);
    expect((await api("GET", `~/workers/domains/${result.id}`)).result).toEqual(result);
    expect((await api("DELETE", `~/workers/domains/${result.id}`)).status).toBe(200);
    expect((await api("GET", `~/workers/domains/${result.id}`)).status).toBe(404);
  });

  it("attaches the same hostname to the same Worker again without a change", async () => {
    const once = await attach("again.nno.localhost", "first");
    expect((await attach("again.nno.localhost", "first")).result).toEqual(once.result);
  });

  it("refuses a hostname of another Worker with 100116, unless told to override it", async () => {
    await attach("mine.nno.localhost", "first");
    const refused = await attach("mine.nno.localhost", "second");
    expect([refused.status, refused.errors[0]?.code]).toEqual([409, 100116]);
    const taken = await attach("mine.nno.localhost", "second", { override_existing_origin: true });
    expect(taken.result.service).toBe("second");
  });

  it("refuses a hostname that is in no zone of the account", async () => {
    for (const hostname of ["auth.example.com", "evilnno.localhost"]) {
      const { status, errors } = await attach(hostname, "first");
      expect([status, errors[0]?.code]).toEqual([400, 1001]);
    }
  });

  it("lists a DNS record for each hostname", async () => {
    await attach("record.nno.localhost", "first");
    const path = `/zones/${cloudflare.zoneId}/dns_records?name=record.nno.localhost`;
    expect((await api("GET", path)).result).toMatchObject([{ type: "AAAA", content: "100::" }]);
  });

  it("serves a hostname once its certificate has been issued", async () => {
    const host = "deep.auth.nno.localhost";
    await deploy(client, { script: "certified", host, code: echoWorker });
    const packs = async () => {
      const path = `/zones/${cloudflare.zoneId}/ssl/certificate_packs?status=all`;
      const { result } = await api("GET", path);
      return result.find(({ hosts }: { hosts: string[] }) => hosts.includes(host)).status as string;
    };
    expect(await packs()).toBe("initializing");
    await expect(client.fetch(host, "/")).rejects.toThrow("socket hang up");
    time += delayMilliseconds;
    expect(await packs()).toBe("active");
    expect((await client.fetch(host, "/")).status).toBe(200);
  });

  it("covers one level with a pack that is always active", async () => {
    const { result } = await api("GET", `/zones/${cloudflare.zoneId}/ssl/certificate_packs`);
    expect(result[0]).toMatchObject({
      status: "active",
      hosts: ["nno.localhost", "*.nno.localhost"],
    });
  });
});
