/** Puts a tenant with people into a target's database: one that an attack may harm, without anybody signing up for it. */
import type { Person } from "../people.ts";
import type { Victim } from "./requests.ts";
import type { Target } from "./target.ts";

/** Who acts. The tenant's own are members of every tenant that is planted. */
export interface Cast {
  owner: Person;
  admin: Person;
  member: Person;
  guest: Person;
}

export const victimName = "Umbrella Corporation";

let planted = 0;

type Value = string | number | null;

export async function plantVictim({ database }: Target, cast: Cast): Promise<Victim> {
  planted += 1;
  const slug = `umbrella-${planted}`;
  const now = Date.now();
  const insert = (table: string, row: Record<string, Value>) => {
    const columns = Object.keys(row);
    return database
      .prepare(
        `INSERT INTO "${table}" (${columns.join(", ")}) VALUES (${columns.map(() => "?").join(", ")})`,
      )
      .bind(...Object.values(row));
  };
  const id = (what: string) => `${what}-of-${slug}-${crypto.randomUUID().slice(0, 8)}`;
  const times = { created_at: now, updated_at: now };
  const person = (name: string) => {
    const who = { id: id(name), email: `${name}-of-${slug}@example.com` };
    return {
      ...who,
      row: insert("user", { ...who, name: `${name} of Umbrella`, email_verified: 1, ...times }),
    };
  };
  const member = { ...person("jill"), memberId: id("jill-membership") };
  const user = { ...person("leon"), sessionToken: id("leon-session-token") };
  const tenantId = id("tenant");
  const ownerMemberId = id("owner-membership");
  const invitation = { id: id("invitation"), email: cast.guest.email };
  const roleId = id("role");
  const roleName = "auditor-of-umbrella";
  const membership = (memberId: string, userId: string, role: string) =>
    insert("member", {
      id: memberId,
      organization_id: tenantId,
      user_id: userId,
      role,
      created_at: now,
    });
  const ownerSession = await database
    .prepare("SELECT token FROM session WHERE user_id = ?")
    .bind(cast.owner.id)
    .first<string>("token");
  const ownerAccount = await database
    .prepare("SELECT id FROM account WHERE user_id = ?")
    .bind(cast.owner.id)
    .first<string>("id");
  await database.batch([
    // A user owns a limited number of tenants; this one is no victim any more.
    database.prepare("DELETE FROM organization WHERE slug = ?").bind(`umbrella-${planted - 10}`),
    insert("organization", { id: tenantId, name: victimName, slug, created_at: now }),
    member.row,
    user.row,
    insert("session", {
      id: id("leon-session"),
      token: user.sessionToken,
      user_id: user.id,
      expires_at: now + 3_600_000,
      ...times,
    }),
    insert("account", {
      id: id("leon-account"),
      account_id: user.id,
      provider_id: "credential",
      user_id: user.id,
      password: "a-hash",
      ...times,
    }),
    membership(ownerMemberId, cast.owner.id, "owner"),
    membership(id("admin-membership"), cast.admin.id, "admin"),
    membership(id("member-membership"), cast.member.id, "member"),
    membership(member.memberId, member.id, "member"),
    insert("invitation", {
      ...invitation,
      organization_id: tenantId,
      role: "member",
      status: "pending",
      expires_at: now + 3_600_000,
      created_at: now,
      inviter_id: cast.owner.id,
    }),
    insert("organization_role", {
      id: roleId,
      organization_id: tenantId,
      role: roleName,
      permission: JSON.stringify({ member: ["create"] }),
      created_at: now,
    }),
    // Where a request names no tenant, it is the active one.
    ...[cast.owner, cast.admin, cast.member].map((one) =>
      database
        .prepare("UPDATE session SET active_organization_id = ? WHERE user_id = ?")
        .bind(tenantId, one.id),
    ),
  ]);
  return {
    tenantId,
    slug,
    owner: {
      id: cast.owner.id,
      email: cast.owner.email,
      memberId: ownerMemberId,
      sessionToken: ownerSession ?? "",
      accountId: ownerAccount ?? "",
    },
    member,
    invitation,
    roleId,
    roleName,
    user,
  };
}
