/**
 * An owner's plugin that refuses to start. Better Auth asks its plugins while the module is loaded, for example whether the
 * database has transactions; what comes of it is a rejected promise that does not say which plugin it was.
 */
import type { AuthContext, BetterAuthPlugin } from "better-auth";

/** Its message is for the owner, and names the plugin and what it said. */
export class PluginRefused extends Error {
  override readonly name = "PluginRefused";
}

/** A plugin that throws a PluginRefused where it would throw anything else at its start. */
export function namedAtStart(plugin: BetterAuthPlugin): BetterAuthPlugin {
  const { id, init } = plugin;
  if (init === undefined) return plugin;
  const start = async (context: AuthContext) => {
    try {
      return await init.call(plugin, context);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : "it threw no error";
      throw new PluginRefused(`The plugin "${id}" cannot start here: ${reason}`, { cause });
    }
  };
  return { ...plugin, init: start as typeof init };
}
