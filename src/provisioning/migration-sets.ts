/**
 * Compares the migrations that a database has with those of a release. Pure. They are compared as two sets, the template's and
 * the owner's: a position says nothing, because each set grows by itself.
 */
import type { Migration } from "./release.ts";

/** How wrangler records a file in `migrations/own/`: by its path below `migrations/`. */
const ownPrefix = "own/";

export interface MigrationSets {
  /** The release's migrations that the database lacks, in the order in which they are to be applied. */
  pending: Migration[];
  /**
   * The owner's migrations that the database has under the name from before they had a folder of their own. An owner who moves
   * `0012_passkey.sql` to `own/0012_passkey.sql` keeps the file name, and by that the file is recognised.
   */
  moved: { from: string; to: string }[];
  /** Applied migrations of the template that the release does not have. */
  unknown: string[];
  /** Applied migrations of the owner that the release does not have, as when a plugin was removed. They stay applied. */
  unknownOwn: string[];
  /**
   * Whether the database has migrations of another history: some that the release lacks, while it lacks some of the release's.
   * A database that only has more is ahead, and the release may run on it: that is a rollback.
   */
  hasDiverged: boolean;
}

export function compareMigrations(
  applied: readonly string[],
  release: readonly Migration[],
): MigrationSets {
  const wanted = new Set(release.map(({ name }) => name));
  const isMoved = (name: string) =>
    !isOwn(name) && !wanted.has(name) && wanted.has(ownPrefix + name);
  const moved = applied.filter(isMoved).map((from) => ({ from, to: ownPrefix + from }));
  const has = new Set([...applied, ...moved.map(({ to }) => to)]);
  const pending = release.filter(({ name }) => !has.has(name));
  const extra = applied.filter((name) => !wanted.has(name) && !isMoved(name));
  const unknown = extra.filter((name) => !isOwn(name));
  return {
    pending,
    moved: moved.filter(({ to }) => !applied.includes(to)),
    unknown,
    unknownOwn: extra.filter(isOwn),
    hasDiverged: unknown.length > 0 && pending.some(({ name }) => !isOwn(name)),
  };
}

function isOwn(name: string): boolean {
  return name.startsWith(ownPrefix);
}
