/**
 * Turns a stored version into the form that workerd loads: bindings become variables, databases, mailboxes and rate limiters.
 */
import type { LoadableVersion } from "./edge-protocol.ts";
import type { Version } from "./worker-store.ts";

export function toLoadable(
  version: Version,
  readModule: (hash: string) => Buffer,
  databaseExists: (uuid: string) => boolean,
): LoadableVersion {
  const loadable: LoadableVersion = {
    script: version.script,
    mainModule: version.mainModule,
    compatibilityDate: version.compatibilityDate,
    compatibilityFlags: version.compatibilityFlags,
    modules: version.modules.map(({ name, type, hash }) => ({
      name,
      type,
      content: readModule(hash).toString(type === "data" || type === "wasm" ? "base64" : "utf8"),
    })),
    variables: {},
    databases: {},
    mailboxes: [],
    rateLimiters: {},
  };
  for (const binding of version.bindings) {
    switch (binding.type) {
      case "plain_text":
      case "secret_text":
        loadable.variables[binding.name] = binding.text;
        break;
      case "json":
        loadable.variables[binding.name] = binding.json;
        break;
      case "version_metadata":
        loadable.variables[binding.name] = {
          id: version.id,
          tag: version.annotations["workers/tag"] ?? "",
          timestamp: version.createdAt,
        };
        break;
      case "d1":
        if (databaseExists(binding.id)) loadable.databases[binding.name] = binding.id;
        break;
      case "send_email":
        loadable.mailboxes.push(binding.name);
        break;
      case "ratelimit":
        loadable.rateLimiters[binding.name] = {
          namespace: binding.namespace_id,
          limit: binding.simple.limit,
          periodSeconds: binding.simple.period,
        };
        break;
    }
  }
  return loadable;
}
