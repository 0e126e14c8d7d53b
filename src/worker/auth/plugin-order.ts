/**
 * The order of the plugins, which is security: Better Auth runs the hooks of all plugins in it, before a route and after.
 * Each plugin declares the phase that its hooks belong to; here the phases have their order, with the reason for it.
 */
import type { BetterAuthPlugin } from "better-auth";

export const phases = [
  /** Refuses requests that the caller must not make, whatever they contain. */
  "guard",
  /** Counts the guess. Nothing before it may tell a right password or code from a wrong one. */
  "count",
  /** Judges passwords and codes. Its answers are told only to requests that were counted. */
  "judge",
  /** Better Auth's plugins and ours that bring routes. */
  "serve",
  /** The owner's plugins: behind every guard, and before what follows a sign-in, theirs included. */
  "owner",
  /** Ends what a sign-in or a change of credentials replaces. A sign-in that is challenged next has replaced it, too. */
  "end-old-session",
  /** Takes a new session away until the second factor is shown. From here on, a new session is one that stands. */
  "challenge",
  /** Hands the token of a session that stands to a program. */
  "deliver",
  /** Acts on the outcome: confirms an address, gives back a try that was right, remembers the device. */
  "settle",
  /** Writes the audit log. Its hook before the route joins the event to the route's write, once nothing can refuse it. */
  "record",
  /** Mails what the audit log has got. */
  "notify",
] as const;

export type Phase = (typeof phases)[number];

/** A plugin that says where its hooks run. */
export type PhasedPlugin = BetterAuthPlugin & { phase: Phase };

/** A plugin of somebody else's, in its place. */
export function inPhase<Plugin extends BetterAuthPlugin>(phase: Phase, plugin: Plugin) {
  return { ...plugin, phase };
}

/** The plugins by phase; within one, as they were listed. */
export function orderPlugins<Plugin extends { phase: Phase }>(
  plugins: readonly Plugin[],
): Plugin[] {
  return phases.flatMap((phase) => plugins.filter((plugin) => plugin.phase === phase));
}
