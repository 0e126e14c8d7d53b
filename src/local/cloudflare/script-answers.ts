/** Workers as the API shows them, with Cloudflare's names and shapes. Secrets come without their values. */
import type { Binding, Script, Version } from "./worker-store.ts";

export function bindingAnswer(binding: Binding) {
  const { name, type } = binding;
  if (type === "secret_text") return { name, type };
  if (type === "d1") return { name, type, id: binding.id, database_id: binding.id };
  return binding;
}

/** Cloudflare shows a region without a mode, and repeats the mode in a field of its own. */
function placementAnswer({ settings: { placement } }: Script) {
  if (placement === undefined || placement === null) return {};
  return { placement, placement_mode: placement["mode"] === "smart" ? "smart" : "targeted" };
}

export const scriptAnswer = (script: Script, version: Version | undefined) => ({
  id: script.name,
  tag: script.tag,
  tags: script.settings.tags,
  etag: version === undefined ? "" : etagOf(version),
  handlers: version?.handlers ?? [],
  named_handlers: version?.namedHandlers ?? [],
  has_assets: false,
  has_modules: true,
  created_on: script.createdAt,
  modified_on: script.modifiedAt,
  compatibility_date: version?.compatibilityDate ?? "",
  compatibility_flags: version?.compatibilityFlags ?? [],
  last_deployed_from: version?.source ?? "api",
  logpush: script.settings.logpush,
  ...(script.settings.observability === null
    ? {}
    : { observability: script.settings.observability }),
  ...placementAnswer(script),
  tail_consumers: script.settings.tailConsumers,
  usage_model: "standard",
});

export const settingsAnswer = (script: Script, version: Version) => ({
  bindings: version.bindings.map(bindingAnswer),
  compatibility_date: version.compatibilityDate,
  compatibility_flags: version.compatibilityFlags,
  annotations: version.annotations,
  logpush: script.settings.logpush,
  ...(script.settings.observability === null
    ? {}
    : { observability: script.settings.observability }),
  tags: script.settings.tags,
  ...placementAnswer(script),
  tail_consumers: script.settings.tailConsumers,
  usage_model: "standard",
});

export const scriptSettingsAnswer = ({ settings }: Script) => ({
  logpush: settings.logpush,
  observability: settings.observability,
  tags: settings.tags,
  tail_consumers: settings.tailConsumers,
});

export const versionSummary = (version: Version) => ({
  id: version.id,
  number: version.number,
  metadata: {
    created_on: version.createdAt,
    modified_on: version.createdAt,
    source: version.source,
    author_id: "",
    author_email: "",
    hasPreview: false,
  },
  annotations: version.annotations,
});

export const versionAnswer = (version: Version) => ({
  ...versionSummary(version),
  startup_time_ms: version.startupMilliseconds,
  resources: {
    bindings: version.bindings.map(bindingAnswer),
    script: {
      etag: etagOf(version),
      handlers: version.handlers,
      named_handlers: version.namedHandlers,
      last_deployed_from: version.source,
    },
    script_runtime: {
      compatibility_date: version.compatibilityDate,
      compatibility_flags: version.compatibilityFlags,
      usage_model: "standard",
      limits: {},
    },
  },
});

/** Changes with the code. */
const etagOf = (version: Version) =>
  version.modules.find(({ name }) => name === version.mainModule)?.hash ?? version.id;
