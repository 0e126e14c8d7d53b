/** The triggers of `rules.sql` that keep slugs apart in any case. */
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";

const insert = async (id: string, slug: string) =>
  env.DB.prepare("INSERT INTO organization (id, name, slug, created_at) VALUES (?, 'Acme', ?, 0)")
    .bind(id, slug)
    .run();
const rename = async (id: string, slug: string) =>
  env.DB.prepare("UPDATE organization SET slug = ? WHERE id = ?").bind(slug, id).run();

describe("organization_slug_insert", () => {
  it("refuses a slug that another tenant has in another case", async () => {
    await insert("a", "slug-a");
    await expect(insert("b", "SLUG-A")).rejects.toThrow("ORGANIZATION_SLUG_ALREADY_TAKEN");
    await expect(insert("b", "slug-a")).rejects.toThrow("UNIQUE");
    await insert("b", "slug-b");
  });
});

describe("organization_slug_update", () => {
  it("refuses a slug that another tenant has in another case, and lets one change its own", async () => {
    await insert("c", "slug-c");
    await insert("d", "slug-d");
    await expect(rename("d", "Slug-C")).rejects.toThrow("ORGANIZATION_SLUG_ALREADY_TAKEN");
    await rename("d", "Slug-D");
  });

  it("leaves tenants alone that had such slugs before", async () => {
    const { results } = await env.DB.prepare(
      "SELECT name, sql FROM sqlite_master WHERE name LIKE 'organization_slug_%' AND type = 'trigger'",
    ).all<{ name: string; sql: string }>();
    await env.DB.batch(results.map(({ name }) => env.DB.prepare(`DROP TRIGGER ${name}`)));
    await insert("e", "slug-e");
    await insert("f", "SLUG-E");
    await env.DB.batch(results.map(({ sql }) => env.DB.prepare(sql)));
    await rename("f", "SLUG-E");
    await env.DB.prepare("UPDATE organization SET name = 'New' WHERE id = 'f'").run();
    await expect(rename("f", "Slug-e")).rejects.toThrow("ORGANIZATION_SLUG_ALREADY_TAKEN");
  });
});
