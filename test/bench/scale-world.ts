/** Who does what is measured as a platform grows, and what must be in the database before they can. */
import { createHash, randomInt, randomUUID } from "node:crypto";
import type { Contender } from "./contender.ts";

export interface World {
  contender: Contender;
  /** Somebody of all, without a second factor. */
  draw: () => number;
  /** Somebody who will not be drawn again. */
  take: (who?: { twoFactor: boolean }) => number;
}

export function createDraws(count: number, hasTwoFactor: (index: number) => boolean) {
  const taken = new Set<number>();
  const find = (twoFactor: boolean) => {
    // The first is the admin.
    for (;;) {
      const index = randomInt(1, count);
      if (hasTwoFactor(index) === twoFactor && !taken.has(index)) return index;
    }
  };
  return {
    draw: () => find(false),
    take: ({ twoFactor } = { twoFactor: false }) => {
      const index = find(twoFactor);
      taken.add(index);
      return index;
    },
  };
}

/** The cookies of a person of that number. */
export function own({ contender }: World, index: number) {
  return { cookie: contender.cookieOf(contender.people.token(index)) };
}

/** As `src/worker/db/pages/keyset.ts` makes them. */
export const cursorOf = (createdAt: number, id: string) =>
  Buffer.from(JSON.stringify([createdAt, id])).toString("base64url");

export async function insertResetToken(
  { contender }: World,
  index: number,
  token: string,
): Promise<void> {
  const identifier = createHash("sha256").update(`reset-password:${token}`).digest("base64url");
  const now = Date.now();
  await contender.database
    .prepare(
      "INSERT INTO verification (id, identifier, value, expires_at, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?)",
    )
    .bind(randomUUID(), identifier, contender.people.userId(index), now + 3_600_000, now, now)
    .run();
}

export async function insertInvitation({ contender }: World, index: number): Promise<string> {
  const { people, database } = contender;
  const id = randomUUID();
  const now = Date.now();
  await database.batch([
    // Members of the large tenant may come back.
    database
      .prepare("DELETE FROM member WHERE organization_id = ? AND user_id = ?")
      .bind(people.largeTenant.id, people.userId(index)),
    database
      .prepare(
        "INSERT INTO invitation (id, organization_id, email, role, status, expires_at, created_at, inviter_id) VALUES (?, ?, ?, 'member', 'pending', ?, ?, ?)",
      )
      .bind(
        id,
        people.largeTenant.id,
        people.email(index),
        now + 3_600_000,
        now,
        people.userId(people.admin),
      ),
  ]);
  return id;
}

/** The last owner of a tenant cannot leave. */
export async function addOwner({ contender }: World, index: number): Promise<void> {
  const { people, database } = contender;
  await database
    .prepare(
      "INSERT INTO member (id, organization_id, user_id, role, created_at) VALUES (?, ?, ?, 'owner', ?)",
    )
    .bind(randomUUID(), people.tenantId(index), people.userId(people.admin), Date.now())
    .run();
}
