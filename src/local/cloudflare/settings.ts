/** A Worker's settings over the API: those of its version (bindings, compatibility) and those of the script. */
import { z } from "zod";
import { parseShape, readJson, type Call, type Route } from "./call.ts";
import { latestVersionNotDeployed, scriptNotFound } from "./errors.ts";
import { scriptSettingsAnswer, settingsAnswer } from "./script-answers.ts";
import {
  placement,
  readForm,
  readJsonPart,
  rebuildVersion,
  resolveBindings,
  uploadMetadata,
} from "./script-uploads.ts";
import { deployVersion, readScriptName } from "./scripts.ts";
import type { Script, Version } from "./worker-store.ts";

const scriptSettings = z.object({
  tags: z.array(z.string()).nullish(),
  logpush: z.boolean().optional(),
  observability: z.looseObject({ enabled: z.boolean() }).nullish(),
  tail_consumers: z.array(z.looseObject({ service: z.string() })).nullish(),
  placement: placement.nullish(),
});

/** A Worker, and the version from which a change starts. Cloudflare requires that version to be the running one. */
export function openForChange(call: Call): { script: Script; version: Version } {
  const { workers } = call.cloud;
  const script = workers.getScript(readScriptName(call));
  const version = workers.latestVersion(script.name);
  if (version === undefined) throw scriptNotFound();
  const [deployment] = workers.listDeployments(script.name, 1);
  const isDeployed = deployment?.versions.some(({ version_id }) => version_id === version.id);
  if (isDeployed !== true) throw latestVersionNotDeployed();
  return { script, version };
}

function saveScriptSettings(
  { cloud }: Call,
  script: Script,
  change: z.infer<typeof scriptSettings>,
): Script {
  const { settings } = script;
  cloud.workers.saveSettings(script.name, {
    tags: change.tags === undefined ? settings.tags : (change.tags ?? []),
    logpush: change.logpush ?? settings.logpush,
    observability:
      change.observability === undefined ? settings.observability : change.observability,
    tailConsumers:
      change.tail_consumers === undefined ? settings.tailConsumers : change.tail_consumers,
    placement: change.placement === undefined ? (settings.placement ?? null) : change.placement,
  });
  return cloud.workers.getScript(script.name);
}

const path = "/accounts/:account/workers/scripts/:script";

export const settingsRoutes: Route[] = [
  {
    method: "GET",
    path: `${path}/settings`,
    permission: "Workers Scripts:Read",
    handle: (call) => {
      const { workers } = call.cloud;
      const script = workers.getScript(readScriptName(call));
      const version = workers.latestVersion(script.name);
      if (version === undefined) throw scriptNotFound();
      return { result: settingsAnswer(script, version) };
    },
  },
  {
    method: "PATCH",
    path: `${path}/settings`,
    permission: "Workers Scripts:Edit",
    handle: async (call) => {
      const opened = openForChange(call);
      const change = await readJsonPart(await readForm(call), "settings", uploadMetadata);
      const script = saveScriptSettings(call, opened.script, parseShape(change, scriptSettings));
      const touchesVersion =
        change.bindings !== undefined ||
        change.compatibility_date !== undefined ||
        change.compatibility_flags !== undefined;
      if (!touchesVersion) return { result: settingsAnswer(script, opened.version) };
      const { version: previous } = opened;
      const built = await rebuildVersion(call.cloud, previous, {
        compatibilityDate: change.compatibility_date ?? previous.compatibilityDate,
        compatibilityFlags: change.compatibility_flags ?? previous.compatibilityFlags,
        annotations: { "workers/triggered_by": "settings" },
        bindings:
          change.bindings === undefined
            ? previous.bindings
            : resolveBindings(call.cloud, {
                given: change.bindings,
                kept: change.keep_bindings ?? [],
                previous: previous.bindings,
                isStrict: call.request.query.get("bindings_inherit") === "strict",
              }),
      });
      return { result: settingsAnswer(script, deployVersion(call, built).version) };
    },
  },
  {
    method: "GET",
    path: `${path}/script-settings`,
    permission: "Workers Scripts:Read",
    handle: (call) => ({
      result: scriptSettingsAnswer(call.cloud.workers.getScript(readScriptName(call))),
    }),
  },
  {
    method: "PATCH",
    path: `${path}/script-settings`,
    permission: "Workers Scripts:Edit",
    handle: (call) => {
      const script = call.cloud.workers.getScript(readScriptName(call));
      const change = readJson(call, scriptSettings);
      return { result: scriptSettingsAnswer(saveScriptSettings(call, script, change)) };
    },
  },
];
