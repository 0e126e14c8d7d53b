/** Rows for the tests of the rules, written and read by plain SQL: nothing but the database decides what becomes of them. */
import { env } from "cloudflare:workers";

const { DB } = env;

/** Runs one statement. */
export const run = async (sql: string, ...values: unknown[]) =>
  DB.prepare(sql)
    .bind(...values)
    .run();
/** What one statement reads as `value`. */
export const read = async (sql: string, ...values: unknown[]) =>
  DB.prepare(sql)
    .bind(...values)
    .first("value");

/** Inserts a row, with an id of its own. */
export async function add(table: string, row: Record<string, unknown>): Promise<string> {
  const all: Record<string, unknown> = { id: crypto.randomUUID(), created_at: Date.now(), ...row };
  const columns = Object.keys(all);
  await run(
    `INSERT INTO "${table}" (${columns.join(", ")}) VALUES (${columns.map(() => "?").join(", ")})`,
    ...Object.values(all),
  );
  return String(all["id"]);
}

export const hour = 60 * 60 * 1000;

export const addUser = async (row: Record<string, unknown> = {}) =>
  add("user", { name: "Ada", email: `${crypto.randomUUID()}@example.com`, updated_at: 0, ...row });
export const addTenant = async (row: Record<string, unknown> = {}) =>
  add("organization", { name: "Acme", slug: crypto.randomUUID(), ...row });
export const addMember = async (tenant: string, user: string, role = "member") =>
  add("member", { organization_id: tenant, user_id: user, role });
export const addSession = async (user: string, row: Record<string, unknown> = {}) =>
  add("session", {
    user_id: user,
    token: crypto.randomUUID(),
    expires_at: Date.now() + hour,
    updated_at: 0,
    ...row,
  });
export const addInvitation = async (
  tenant: string,
  inviter: string,
  row: Record<string, unknown> = {},
) =>
  add("invitation", {
    organization_id: tenant,
    inviter_id: inviter,
    email: `${crypto.randomUUID()}@example.com`,
    role: "member",
    expires_at: Date.now() + hour,
    ...row,
  });

/** A tenant with one member. */
export async function tenantOf(role: string, row: Record<string, unknown> = {}) {
  const [tenant, user] = [await addTenant(row), await addUser()];
  return { tenant, user, member: await addMember(tenant, user, role) };
}

export const setRole = async (member: string, role: string) =>
  run("UPDATE member SET role = ? WHERE id = ?", role, member);
export const setPlatformRole = async (user: string, role: string) =>
  run("UPDATE user SET role = ? WHERE id = ?", role, user);
export const ban = async (user: string) => run("UPDATE user SET banned = 1 WHERE id = ?", user);
export const setTwoFactor = async (user: string, isOn: boolean) =>
  run("UPDATE user SET two_factor_enabled = ? WHERE id = ?", isOn ? 1 : 0, user);
export const activate = async (session: string, tenant: string) =>
  run("UPDATE session SET active_organization_id = ? WHERE id = ?", tenant, session);
export const remove = async (table: string, id: string) =>
  run(`DELETE FROM "${table}" WHERE id = ?`, id);

export const exists = async (table: string, id: string) =>
  (await read(`SELECT count(*) AS value FROM "${table}" WHERE id = ?`, id)) === 1;
export const activeTenant = async (session: string) =>
  read("SELECT active_organization_id AS value FROM session WHERE id = ?", session);
export const statusOf = async (invitation: string) =>
  read("SELECT status AS value FROM invitation WHERE id = ?", invitation);

/** Writes as if there were no such trigger. */
export async function withoutTrigger(name: string, write: () => Promise<unknown>): Promise<void> {
  const sql = await read("SELECT sql AS value FROM sqlite_master WHERE name = ?", name);
  await run(`DROP TRIGGER ${name}`);
  await write();
  await run(String(sql));
}
