/**
 * A role is granted only while the roles are as they were judged. Between the judgement and the write, the granter may lose
 * a role, and a role of the tenant's own may get other permissions; a condition in the writing statement leaves no time
 * between.
 */
import { eq, sql, type SQL } from "drizzle-orm";
import { APIError } from "better-auth/api";
import { guardInsert, guardUpdate, type Attempt, type Row } from "../../db/adapter/extensions.ts";
import { ruleMessages } from "../../db/api-errors.ts";
import type { Database } from "../../db/database.ts";
import { invitation, member, organizationRole } from "../../db/schema.ts";
import { requestState } from "../../request-scope.ts";

interface JudgedRoles {
  tenantId: string;
  granter: { id: string; role: string };
  /** The tenant's own roles that were looked at; a role that does not exist has no permission. */
  definitions: readonly { role: string; permission: string | null }[];
}

/** Set by `role-ceiling.ts`, before the route runs. */
export const judgedRoles = requestState<JudgedRoles>();

/** The condition that nothing of what was judged has changed; undefined when this request grants no role. */
export function rolesAreAsJudged(): SQL | undefined {
  const judged = judgedRoles.get();
  if (judged === undefined) return undefined;
  const { tenantId, granter, definitions } = judged;
  const granterIsAsJudged = sql`EXISTS (
    SELECT 1 FROM "member" AS granter WHERE granter.id = ${granter.id} AND granter.role = ${granter.role}
  )`;
  if (definitions.length === 0) return granterIsAsJudged;
  return sql`${granterIsAsJudged} AND NOT EXISTS (
    SELECT 1 FROM json_each(${JSON.stringify(definitions)}) AS judged
    LEFT JOIN "organization_role" AS standing
      ON standing.organization_id = ${tenantId} AND standing.role = judged.value ->> 'role'
    WHERE standing.permission IS NOT judged.value ->> 'permission'
  )`;
}

const rolesChanged = () =>
  new APIError("CONFLICT", {
    code: "ROLES_CHANGED",
    message: "The roles of this tenant were changed at the same time. Try again.",
  });

/** Guards for the writes that grant a role, for the database adapter. */
export function guardJudgedRoles(database: Database) {
  const write = async (attempt: Attempt): Promise<Row[]> => {
    const condition = rolesAreAsJudged();
    const written = await attempt(condition);
    if (written.length === 0 && condition !== undefined) throw rolesChanged();
    return written;
  };

  /** A sender who lost a role gets the answer of `invitation_needs_authority`, whichever of the two rules refuses. */
  const invite = async (attempt: Attempt): Promise<Row[]> => {
    const written = await attempt(rolesAreAsJudged());
    if (written.length > 0) return written;
    const { id = "", role } = judgedRoles.get()?.granter ?? {};
    const sender = await database.query.member.findFirst({ where: eq(member.id, id) });
    if (sender?.role === role) throw rolesChanged();
    const code = "YOU_ARE_NOT_ALLOWED_TO_INVITE_USERS_TO_THIS_ORGANIZATION";
    throw new APIError("FORBIDDEN", { code, message: ruleMessages[code] ?? code });
  };

  return [
    guardInsert(invitation, async (_row, attempt) => invite(attempt)),
    guardInsert(organizationRole, async (_row, attempt) => write(attempt)),
    guardUpdate(member.role, async (_change, attempt) => write(attempt)),
    guardUpdate(organizationRole.role, async (_change, attempt) => write(attempt)),
    guardUpdate(organizationRole.permission, async (_change, attempt) => write(attempt)),
  ];
}
