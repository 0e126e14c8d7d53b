/** What the doctor finds out about tokens that each lack one permission. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startLocalCloudflare, type LocalCloudflare } from "../../src/local/cloudflare.ts";
import { createCloudflare } from "../../src/provisioning/cloudflare/client.ts";
import { examine, type Finding } from "../../src/provisioning/doctor.ts";
import { unlimited } from "../../src/provisioning/cloudflare/rate-budget.ts";
import { rootDomain } from "./world.ts";

let local: LocalCloudflare;
let stateFolder: string;
beforeAll(async () => {
  stateFolder = mkdtempSync(join(tmpdir(), "doctor-"));
  local = await startLocalCloudflare({
    stateFolder,
    rootDomain,
    tokens: {
      whole: ["Workers Scripts:Edit", "D1:Edit", "Zone:Read"],
      "no-workers": ["D1:Edit", "Zone:Read"],
      "reads-workers": ["Workers Scripts:Read", "D1:Edit", "Zone:Read"],
      "no-databases": ["Workers Scripts:Edit", "Zone:Read"],
      "reads-databases": ["Workers Scripts:Edit", "D1:Read", "Zone:Read"],
      "no-zones": ["Workers Scripts:Edit", "D1:Edit"],
    },
  });
});
afterAll(async () => {
  await local.stop();
  rmSync(stateFolder, { recursive: true, force: true });
});

async function findings(apiToken: string, domain = rootDomain): Promise<Finding[]> {
  return examine(createCloudflare({ ...local, apiToken, budget: unlimited }), domain);
}

/** `what`, and the permission that it needs. */
const inState = (all: Finding[], state: Finding["state"]) =>
  all.filter((one) => one.state === state).map(({ what, permission }) => [what, permission]);

const scriptsRead = "Account > Workers Scripts > Read";
const scriptsEdit = "Account > Workers Scripts > Edit";

it("finds nothing missing in a token with exactly the permissions that the job needs", async () => {
  for (const { what, state } of await findings("whole"))
    expect([what, state]).toEqual([what, "ok"]);
});

it.each([
  [
    "no-workers",
    [
      ["Workers can be read", scriptsRead],
      ["Workers can be written", scriptsEdit],
      ["custom domains can be read", scriptsRead],
      ["custom domains can be written", scriptsEdit],
    ],
  ],
  [
    "reads-workers",
    [
      ["Workers can be written", scriptsEdit],
      ["custom domains can be written", scriptsEdit],
    ],
  ],
  [
    "no-databases",
    [
      ["databases can be read", "Account > D1 > Read"],
      ["databases can be written", "Account > D1 > Edit"],
    ],
  ],
  ["reads-databases", [["databases can be written", "Account > D1 > Edit"]]],
  ["no-zones", [[`the zone ${rootDomain} is there`, "Zone > Zone > Read"]]],
])("names what the token %s lacks", async (apiToken, missing) => {
  const all = await findings(apiToken);
  expect(inState(all, "missing")).toEqual(missing);
  expect(inState(all, "unknown")).toEqual([]);
});

it("does not claim to know whether a zone that it cannot see is missing or hidden", async () => {
  const all = await findings("whole", "other.localhost");
  expect(inState(all, "missing")).toEqual([]);
  expect(inState(all, "unknown")).toEqual([
    ["the zone other.localhost is there", "Zone > Zone > Read"],
  ]);
});

it("reports every permission as missing for something that is not a token", async () => {
  const all = await findings("not-a-token");
  expect(inState(all, "missing")).toHaveLength(all.length);
});
