/**
 * Cleans the name of every user that is stored. A person who types one in is told what is wrong with it (`input/`), but a
 * provider sends whatever its user has chosen, and the sign-in must go on.
 */
import { harmless, isNameRefused } from "../../email/user-text.ts";
import type { PhasedPlugin } from "../plugin-order.ts";

export const storedNames = {
  id: "nno-stored-names",
  phase: "serve",
  init: () => ({
    options: {
      databaseHooks: {
        user: {
          create: { before: async (user) => cleaned(user) },
          update: { before: async (user) => cleaned(user) },
        },
      },
    },
  }),
} satisfies PhasedPlugin;

async function cleaned<User extends { name?: string }>(user: User) {
  const { name } = user;
  if (typeof name !== "string" || !isNameRefused(name)) return undefined;
  return { data: { ...user, name: harmless(name) } };
}
