/**
 * `/platform/users`, where platform admins find users. Better Auth's `/admin/list-users` reads the whole table to
 * count, skip and search.
 */
import { desc } from "drizzle-orm";
import type { BatchItem } from "drizzle-orm/batch";
import { createAuthEndpoint } from "better-auth/api";
import { parseUserOutput } from "better-auth/db";
import * as z from "zod";
import type { PhasedPlugin } from "../plugin-order.ts";
import type { Database } from "../../db/database.ts";
import { user } from "../../db/schema.ts";
import { before, nextCursor, pageQuery, type Page } from "../../db/pages/keyset.ts";
import { searchPage } from "../../db/pages/prefix-search.ts";
import { paths } from "../routes/paths.ts";
import { administer, route } from "./administration.ts";

const userQuery = z.strictObject({ ...pageQuery, search: z.string().max(64).optional() });

type UserRow = typeof user.$inferSelect;

interface UsersOptions {
  database: Database;
  bringLimits: () => BatchItem<"sqlite">;
}

export function platformUsers({ database, bringLimits }: UsersOptions) {
  const { read } = administer(database, bringLimits);

  async function newestFirst(cursor: string | undefined, limit: number): Promise<Page<UserRow>> {
    const rows = await database
      .select()
      .from(user)
      .where(before(cursor, user))
      .orderBy(desc(user.createdAt), desc(user.id))
      .limit(limit);
    return { rows, nextCursor: nextCursor(rows, limit) };
  }

  return {
    id: "nno-users",
    phase: "serve",
    endpoints: {
      platformListUsers: createAuthEndpoint(
        paths.users,
        {
          ...route(
            "GET",
            "platformListUsers",
            "Every user, newest first. `search` matches the start of an address, then of a name; its pages may be short while `nextCursor` names another.",
          ),
          query: userQuery,
        },
        async (ctx) => {
          const { limit, cursor, search = "" } = ctx.query;
          const page =
            search === ""
              ? await newestFirst(cursor, limit)
              : await searchPage<UserRow>(
                  { search, cursor, limit },
                  {
                    key: user.email,
                    name: user.name,
                    id: user.id,
                    keyOf: ({ email }) => email,
                    read: async (where, order, most) =>
                      database
                        .select()
                        .from(user)
                        .where(where)
                        .orderBy(...order)
                        .limit(most),
                  },
                );
          await read(ctx, {
            event: "users.listed",
            detail: search === "" ? undefined : { search },
          });
          return ctx.json({
            users: page.rows.map((row) => parseUserOutput(ctx.context.options, row)),
            nextCursor: page.nextCursor,
          });
        },
      ),
    },
  } satisfies PhasedPlugin;
}
