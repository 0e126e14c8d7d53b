/** How a tenant's row is read: its slug in any case, and its metadata as the object that was written. */
import { sql, type SQL } from "drizzle-orm";
import type { Row } from "../../db/adapter/extensions.ts";
import { organization } from "../../db/schema.ts";

/** The condition that a tenant has this slug. */
export const isSlug = (slug: string): SQL => sql`lower(${organization.slug}) = lower(${slug})`;

/** Better Auth writes metadata as JSON, and parses it in the answers to some routes only. */
export function readTenants(model: string, row: Row): Row {
  if (model === "organization") return withMetadata(row);
  const { organization: joined } = row;
  return typeof joined === "object" && joined !== null
    ? { ...row, organization: withMetadata(joined as Row) }
    : row;
}

function withMetadata(tenant: Row): Row {
  const { metadata } = tenant;
  if (typeof metadata !== "string") return tenant;
  try {
    return { ...tenant, metadata: JSON.parse(metadata) as unknown };
  } catch {
    // An import may have left other text.
    return tenant;
  }
}
