/** A tenant is the same by every door: its slug in any case, and its metadata as an object. */
import { env } from "cloudflare:workers";
import { eq } from "drizzle-orm";
import { beforeAll, describe, expect, it } from "vitest";
import { member, organization } from "../../../../src/worker/db/schema.ts";
import { createTenant, database, enter, enterAdmin, openApp, type Person } from "../../browser.ts";

const opened = openApp();
let owner: Person;
let admin: Person;

beforeAll(async () => {
  [owner, admin] = [await enter(opened), await enterAdmin(opened)];
});

describe("a slug that differs in case alone", () => {
  const create = async (slug: string) =>
    owner.browser.post("/api/auth/organization/create", { name: "Acme", slug });

  it("is taken", async () => {
    const acme = await createTenant(owner.browser, "Acme");
    const other = await createTenant(owner.browser, "other");
    expect((await create("acme")).status).toBe(400);
    const checked = await owner.browser.post("/api/auth/organization/check-slug", { slug: "ACME" });
    expect(checked.status).toBe(400);
    const update = async (organizationId: string, slug: string) =>
      owner.browser.post("/api/auth/organization/update", { organizationId, data: { slug } });
    expect((await update(other.id, "aCME")).status).toBe(400);
    const made = await admin.browser.post("/api/auth/platform/tenants", {
      name: "Acme",
      slug: "acme",
      ownerId: owner.id,
    });
    expect(made).toMatchObject({ status: 409, body: { code: "ORGANIZATION_SLUG_ALREADY_TAKEN" } });
    // One's own may change its case.
    expect((await update(acme.id, "ACME")).status).toBe(200);
    expect((await update(acme.id, "acme")).status).toBe(200);
  });

  it("names the tenant with this very spelling where two have it from before", async () => {
    const trigger = await env.DB.prepare(
      "SELECT sql FROM sqlite_master WHERE name = 'organization_slug_insert'",
    ).first<string>("sql");
    await env.DB.prepare("DROP TRIGGER organization_slug_insert").run();
    const [small, large] = [
      await createTenant(owner.browser, "twice"),
      await enter(opened).then(async ({ browser, id }) => {
        const row = { id: `tenant-of-${id}`, name: "TWICE", slug: "TWICE", createdAt: new Date() };
        await database.insert(organization).values(row);
        await database.insert(member).values({
          id: `member-${id}`,
          organizationId: row.id,
          userId: id,
          role: "owner",
          createdAt: new Date(),
        });
        return { browser, id: row.id };
      }),
    ];
    await env.DB.prepare(trigger ?? "").run();
    const read = async ({ browser }: Pick<Person, "browser">, slug: string) =>
      browser.get(`/api/auth/organization/get-organization?organizationSlug=${slug}`);
    expect((await read(owner, "twice")).body["id"]).toBe(small.id);
    expect((await read(large, "TWICE")).body["id"]).toBe(large.id);
  });

  it("is taken by one of two at once", async () => {
    const answers = await Promise.all(["Racing", "racing", "RACING"].map(create));
    expect(answers.map(({ status }) => status === 200).filter(Boolean)).toHaveLength(1);
  });

  it("names the same tenant", async () => {
    const { id } = await createTenant(owner.browser, "Named-Once");
    for (const slug of ["Named-Once", "named-once", "NAMED-ONCE"]) {
      const query = `organizationSlug=${slug}`;
      const read = await owner.browser.get(`/api/auth/organization/get-organization?${query}`);
      const full = await owner.browser.get(`/api/auth/organization/get-full-organization?${query}`);
      const members = await owner.browser.get<{ total: number }>(
        `/api/auth/organization/list-members?${query}`,
      );
      const active = await owner.browser.post("/api/auth/organization/set-active", {
        organizationSlug: slug,
      });
      expect([read.body["id"], full.body["id"], active.body["id"]]).toEqual([id, id, id]);
      expect(members.body.total).toBe(1);
    }
  });

  it("does not go around a tenant's demand for a second factor", async () => {
    const { id } = await createTenant(owner.browser, "Demanding");
    await database
      .update(organization)
      .set({ requireTwoFactor: true })
      .where(eq(organization.id, id));
    for (const slug of ["Demanding", "demanding"]) {
      const read = await owner.browser.get(
        `/api/auth/organization/get-full-organization?organizationSlug=${slug}`,
      );
      expect([slug, read.status, read.body["code"]]).toEqual([
        slug,
        403,
        "TWO_FACTOR_REQUIRED_BY_TENANT",
      ]);
    }
  });
});

it("a tenant's metadata is the same object wherever it is read", async () => {
  const metadata = { plan: "pro", seats: 5, tags: ["a"], text: '{"no":"object"}' };
  const created = await owner.browser.post<{ id: string; metadata: unknown }>(
    "/api/auth/organization/create",
    { name: "Meta", slug: "meta", metadata },
  );
  const { id } = created.body;
  expect(created.body.metadata).toEqual(metadata);
  const read = async () => {
    const query = `organizationId=${id}`;
    const one = await owner.browser.get(`/api/auth/organization/get-organization?${query}`);
    const full = await owner.browser.get(`/api/auth/organization/get-full-organization?${query}`);
    const list = await owner.browser.get<{ id: string; metadata: unknown }[]>(
      "/api/auth/organization/list",
    );
    const active = await owner.browser.post("/api/auth/organization/set-active", {
      organizationId: id,
    });
    const platform = await admin.browser.get<{ tenant: { metadata: unknown } }>(
      `/api/auth/platform/tenants/${id}`,
    );
    return [
      one.body["metadata"],
      full.body["metadata"],
      list.body.find((tenant) => tenant.id === id)?.metadata,
      active.body["metadata"],
      platform.body.tenant.metadata,
    ];
  };
  expect(await read()).toEqual(Array.from({ length: 5 }, () => metadata));
  const changed = { plan: "free" };
  const updated = await owner.browser.post("/api/auth/organization/update", {
    organizationId: id,
    data: { metadata: changed },
  });
  expect(updated.body["metadata"]).toEqual(changed);
  expect(await read()).toEqual(Array.from({ length: 5 }, () => changed));
  // A change of something else leaves it.
  const renamed = await owner.browser.post("/api/auth/organization/update", {
    organizationId: id,
    data: { name: "Other" },
  });
  expect(renamed.body["metadata"]).toEqual(changed);
  expect(await read()).toEqual(Array.from({ length: 5 }, () => changed));
});
