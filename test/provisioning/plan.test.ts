/** The plan for what is wanted and what was observed, without any Cloudflare. */
import { describe, expect, it } from "vitest";
import { unstable_readConfig } from "wrangler";
import { emptyContents, type DatabaseContents } from "../../src/provisioning/database-contents.ts";
import type { PlatformChoices } from "../../src/provisioning/choices.ts";
import { desire, productTag, releaseTag } from "../../src/provisioning/desired.ts";
import type { Observed } from "../../src/provisioning/observe.ts";
import { placementBeside } from "../../src/provisioning/placement.ts";
import { needsJob, plan } from "../../src/provisioning/plan.ts";
import { batch, sql, sqlFile } from "../../src/provisioning/sql.ts";
import { uploadBindings } from "../../src/provisioning/worker-bindings.ts";

const platformId = "k3m9p2xw7q";
const release = {
  tag: "1.0.0-abc",
  mainModule: "index.js",
  modules: [],
  compatibilityDate: "2026-11-01",
  compatibilityFlags: [],
  migrations: [
    { name: "0000.sql", sql: "" },
    { name: "0001.sql", sql: "" },
  ],
};
const desired = (choices: PlatformChoices = {}) => desire(platformId, release, choices);

const nothing: Observed = {
  worker: undefined,
  authUrl: desired().contract.authUrl,
  domain: undefined,
  database: { state: "absent" },
};
const job = {
  jobId: "one",
  command: "provision",
  release: release.tag,
  startedAt: 1,
  endedAt: 2,
  outcome: "done",
  error: null,
  leaseExpiresAt: 2,
};
const contents: DatabaseContents = {
  ...emptyContents,
  tables: ["user", "provisioning"],
  migrations: ["0000.sql", "0001.sql"],
  lastJob: job,
  hasAdmin: true,
};
const place = { region: "WEUR", colo: "AMS" };
const whole: Observed = {
  worker: {
    placement: { region: "gcp:europe-west4" },
    tags: [productTag, releaseTag(release)],
    bindings: [
      { type: "d1", name: "DB", database_id: "db" },
      { type: "plain_text", name: "PLATFORM_ID", text: platformId },
      { type: "plain_text", name: "ROOT_DOMAIN", text: "nno.app" },
      { type: "plain_text", name: "RELEASE", text: release.tag },
      { type: "secret_text", name: "BETTER_AUTH_SECRET" },
      { type: "secret_text", name: "GOOGLE_CLIENT_ID" },
      { type: "ratelimit", name: "RATE_LIMITER" },
      { type: "send_email", name: "EMAIL" },
    ],
  },
  authUrl: nothing.authUrl,
  domain: { id: "d", hostname: "h", service: desired().contract.workerName },
  database: { state: "present", id: "db", contents, place },
};

const needed = (observed: Observed, choices?: PlatformChoices) =>
  plan(desired(choices), observed, "once")
    .filter(({ isNeeded }) => isNeeded)
    .map(({ name }) => name);

it("creates everything if nothing exists", () => {
  expect(needed(nothing)).toEqual([
    "database",
    "migrations",
    "worker",
    "hostname",
    "verify",
    "claim",
  ]);
});

it("only verifies a platform that is complete, and takes no lease for it", () => {
  const steps = plan(desired(), whole, "once");
  expect(needed(whole)).toEqual(["verify"]);
  expect(needsJob(steps, whole)).toBe(false);
});

it("takes the lease to finish what an interrupted job left open", () => {
  const abandoned = { ...contents, lastJob: { ...job, outcome: null } };
  const observed: Observed = {
    ...whole,
    database: { state: "present", id: "db", contents: abandoned, place },
  };
  expect(needsJob(plan(desired(), observed, "once"), observed)).toBe(true);
});

it.each([
  ["a variable that changes", { emailFrom: "a@example.com" }, "EMAIL_FROM"],
  ["a secret to set", { secrets: { GITHUB_CLIENT_ID: "x" } }, "GITHUB_CLIENT_ID"],
])("uploads for %s, and says its name alone", (_, choices, name) => {
  const step = plan(desired(choices), whole, "once").find((one) => one.name === "worker");
  expect(step).toMatchObject({ isNeeded: true });
  expect(step?.what).toContain(name);
  expect(step?.what).not.toContain("@");
});

describe("the placement", () => {
  const without = (database: Observed["database"]): Observed => ({
    ...whole,
    worker: { tags: [], bindings: [], ...whole.worker, placement: undefined },
    database,
  });
  const uploadFor = (observed: Observed) =>
    plan(desired(), observed, "once").find(({ name }) => name === "worker")?.what;

  it("is added to a Worker that has none", () => {
    const observed = without({ state: "present", id: "db", contents, place });
    expect(uploadFor(observed)).toContain("the placement gcp:europe-west4");
  });

  it("is kept if somebody chose one", () => {
    const chosen = { tags: [], bindings: [], ...whole.worker, placement: { mode: "smart" } };
    expect(needed({ ...whole, worker: chosen })).toEqual(["verify"]);
  });

  it.each([
    [{ region: "WNAM", colo: "SEA" }, { region: "aws:us-west-2" }],
    [{ region: "ENAM", colo: "IAD" }, { region: "aws:us-east-1" }],
    [{ region: "WEUR", colo: "AMS" }, { region: "gcp:europe-west4" }],
    [{ region: "EEUR", colo: "PRG" }, { region: "gcp:europe-central2" }],
    [{ region: "OC", colo: "SYD" }, { region: "aws:ap-southeast-2" }],
    [{ region: "APAC", colo: "NRT" }, { region: "aws:ap-northeast-1" }],
    [{ region: "APAC", colo: "XYZ" }, { mode: "smart" }],
    [{}, { mode: "smart" }],
  ])("beside a database in %o is %o", (where, expected) => {
    expect(placementBeside(where)).toEqual(expected);
  });
});

describe("a jurisdiction", () => {
  const wanted = (jurisdiction: string) => ({
    ...whole,
    jurisdiction,
  });

  it("is accepted again for the database that has it", () => {
    expect(needed(wanted("eu"), { jurisdiction: "eu" })).toEqual(["worker", "verify"]);
  });

  it.each([
    [undefined, "no jurisdiction"],
    ["us", "the jurisdiction us"],
  ])("cannot be given to a database that has %s", (actual, said) => {
    const observed = { ...whole, jurisdiction: actual };
    expect(() => plan(desired({ jurisdiction: "eu" }), observed, "once")).toThrow(said);
  });
});

it("applies only missing migrations", () => {
  const behind = { ...contents, migrations: ["0000.sql"] };
  const observed: Observed = {
    ...whole,
    database: { state: "present", id: "db", contents: behind, place },
  };
  const step = plan(desired(), observed, "once").find(({ name }) => name === "migrations");
  expect(step?.what).toBe("apply 0001.sql");
});

it("accepts a database that is ahead of the release, as after a rollback", () => {
  const ahead = { ...contents, migrations: [...contents.migrations, "0002.sql"] };
  expect(
    needed({ ...whole, database: { state: "present", id: "db", contents: ahead, place } }),
  ).toEqual(["verify"]);
});

const withMigrations = (...migrations: string[]): Observed => ({
  ...whole,
  database: { state: "present", id: "db", contents: { ...contents, migrations }, place },
});

it("refuses a database of another history, and says which migrations it has", () => {
  expect(() => plan(desired(), withMigrations("0000.sql", "other.sql"), "once")).toThrow(
    "has migrations that release 1.0.0-abc does not have: other.sql",
  );
});

/** The planned migrations step for a release that has migrations of the owner, too. */
function migrationsStep(own: readonly string[], ...applied: string[]) {
  const migrations = [...release.migrations, ...own.map((name) => ({ name, sql: "" }))];
  const wanted = desire(platformId, { ...release, migrations }, {});
  return plan(wanted, withMigrations(...applied), "once").find(({ name }) => name === "migrations");
}

it("applies the template's new migration to a database that has one of the owner's", () => {
  expect(migrationsStep(["own/0000_note.sql"], "0000.sql", "own/0000_note.sql")).toMatchObject({
    isNeeded: true,
    what: "apply 0001.sql",
  });
});

it("applies the owner's new migration to a database that has all of the template's", () => {
  expect(migrationsStep(["own/0000_note.sql"], "0000.sql", "0001.sql")?.what).toBe(
    "apply own/0000_note.sql",
  );
});

it("reports an applied migration of the owner that the release no longer has, and continues", () => {
  expect(migrationsStep([], "0000.sql", "0001.sql", "own/0000_note.sql")).toEqual({
    name: "migrations",
    isNeeded: false,
    what: "3 applied; not in this release: own/0000_note.sql",
  });
});

it("recognises a migration that the owner has moved to migrations/own by its file name", () => {
  const step = migrationsStep(["own/0001_passkey.sql"], "0000.sql", "0001_passkey.sql");
  expect(step?.what).toBe("record 0001_passkey.sql as own/0001_passkey.sql, apply 0001.sql");
});

it("never gives an empty database to a Worker whose own database is gone", () => {
  const observed: Observed = { ...whole, database: { state: "gone", id: "db" } };
  expect(() => plan(desired(), observed, "once")).toThrow("does not exist");
});

it("inherits secrets and the operator's other bindings, and generates a secret once", () => {
  const bindings = uploadBindings(desired(), whole.worker, "db");
  const inherited = bindings.filter(({ type }) => type === "inherit").map(({ name }) => name);
  expect(inherited).toEqual(["EMAIL", "BETTER_AUTH_SECRET", "GOOGLE_CLIENT_ID", "RATE_LIMITER"]);
  expect(bindings.some(({ type }) => type === "secret_text")).toBe(false);
  expect(bindings.some(({ type }) => type === "ratelimit")).toBe(false);

  const first = uploadBindings(desired(), undefined, "db");
  const secret = first.find(({ type }) => type === "secret_text");
  expect(secret).toMatchObject({ name: "BETTER_AUTH_SECRET" });
  expect(secret?.["text"]).toMatch(/^[A-Za-z0-9_-]{43}$/);
  const { ratelimits } = unstable_readConfig({ config: "wrangler.toml" });
  const [{ name, namespace_id, simple } = {}] = ratelimits;
  expect(first).toContainEqual({ type: "ratelimit", name, namespace_id, simple });
});

it("removes Cloudflare's mail binding as soon as Resend's key is set", () => {
  const bindings = uploadBindings(
    desired({ secrets: { RESEND_API_KEY: "re" } }),
    whole.worker,
    "db",
  );
  expect(bindings.some(({ name }) => name === "EMAIL")).toBe(false);
});

it("moves a platform and its cookies to a custom domain", () => {
  expect(
    desired({ customDomain: "auth.example.com", cookieDomain: ".example.com" }).variables,
  ).toMatchObject({
    AUTH_URL: "https://auth.example.com",
    COOKIE_DOMAIN: ".example.com",
    TRUSTED_ORIGINS: "https://*.example.com",
  });
});

it.each([
  [{ customDomain: "example" }, "custom domain"],
  [{ location: "moon" }, "location"],
  [{ jurisdiction: "moon" }, "jurisdiction"],
  [{ jurisdiction: "eu", location: "weur" }, "either a jurisdiction or a location"],
  [{ secrets: { lower: "x" } }, "lower"],
  [{ secrets: { EMPTY: "" } }, "EMPTY"],
])("refuses %j", (choices, words) => {
  expect(() => desired(choices)).toThrow(words);
});

it("writes values as literals that cannot end early", () => {
  expect(sql`SELECT ${"it's; --"}, ${null}, ${3}`.text).toBe("SELECT 'it''s; --', NULL, 3");
});

it("ends a file so that another statement can follow", () => {
  const file = sqlFile("CREATE TABLE a (b);\n-- the end; really\n");
  expect(batch([file, sql`SELECT 1`])).toBe("CREATE TABLE a (b);\nSELECT 1;");
});
