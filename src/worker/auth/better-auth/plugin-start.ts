/**
 * An owner's plugin that refuses to start, which a plugin does with a BetterAuthError. Better Auth asks its plugins while the
 * module is loaded, for example whether the database has transactions; what comes of a refusal is a rejected promise that
 * does not say which plugin it was. Any other error is a mistake in the plugin, and stays what it is.
 */
import { BetterAuthError } from "@better-auth/core/error";
import type { AuthContext, BetterAuthPlugin } from "better-auth";

/** Its message is for the owner: the plugin's name, and what the plugin said. */
export class PluginRefused extends Error {
  override readonly name = "PluginRefused";
}

/** A plugin whose refusal to start is a PluginRefused. */
export function namedAtStart(plugin: BetterAuthPlugin): BetterAuthPlugin {
  const { id, init } = plugin;
  if (init === undefined) return plugin;
  const start = async (context: AuthContext) => {
    try {
      return await init.call(plugin, context);
    } catch (cause) {
      if (!(cause instanceof BetterAuthError)) throw cause;
      const sentence = `The plugin "${id}" cannot start here: ${cause.message}`;
      throw new PluginRefused(sentence, { cause });
    }
  };
  return { ...plugin, init: start as typeof init };
}
