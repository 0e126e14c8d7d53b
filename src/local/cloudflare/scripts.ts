/** Workers over the API: upload, show, list, delete. */
import type { Answer, Call, Route } from "./call.ts";
import { ApiError } from "./errors.ts";
import { scriptAnswer } from "./script-answers.ts";
import { buildVersion, readUpload, type UploadMetadata } from "./script-uploads.ts";
import type { StoredModule, Version } from "./worker-store.ts";

const scriptNamePattern = /^[a-z0-9_][a-z0-9-_]*$/;
const scriptNameLength = 63;

export function readScriptName({ param }: Call): string {
  const name = param("script");
  if (scriptNamePattern.test(name) && name.length <= scriptNameLength) return name;
  throw new ApiError(
    400,
    10016,
    `Invalid Worker name '${name}': at most ${scriptNameLength} of a-z, 0-9, '-' and '_'`,
  );
}

/** Stores a version and makes it the one that runs, in one step. */
export function deployVersion(
  { cloud }: Call,
  version: Version,
  contents: Map<string, Buffer> = new Map(),
): { version: Version; deploymentId: string } {
  const { workers, state } = cloud;
  return state.transaction(() => {
    const saved = workers.saveVersion(version, contents);
    const deployment = workers.deploy(saved.script, [{ version_id: saved.id, percentage: 100 }], {
      source: saved.source,
      annotations: saved.annotations,
    });
    return { version: saved, deploymentId: deployment.id };
  });
}

function saveUploadedSettings({ cloud }: Call, script: string, metadata: UploadMetadata): void {
  const { settings } = cloud.workers.getScript(script);
  cloud.workers.saveSettings(script, {
    tags: metadata.tags ?? settings.tags,
    logpush: metadata.logpush ?? settings.logpush,
    observability: metadata.observability ?? settings.observability,
    tailConsumers: metadata.tail_consumers ?? settings.tailConsumers,
    // An upload that says nothing of a placement ends it.
    placement: metadata.placement ?? null,
  });
}

const uploadScript = async (call: Call): Promise<Answer> => {
  const name = readScriptName(call);
  const upload = await readUpload(call);
  const built = await buildVersion(call, name, upload);
  const { version, deploymentId } = deployVersion(call, built, upload.contents);
  saveUploadedSettings(call, name, upload.metadata);
  const script = call.cloud.workers.getScript(name);
  return {
    result: {
      ...scriptAnswer(script, version),
      entry_point: version.mainModule,
      startup_time_ms: version.startupMilliseconds,
      deployment_id: deploymentId.replaceAll("-", ""),
    },
  };
};

const contentTypes: Record<StoredModule["type"], string> = {
  js: "application/javascript+module",
  cjs: "application/javascript",
  text: "text/plain",
  json: "application/json",
  data: "application/octet-stream",
  wasm: "application/wasm",
};

/** Cloudflare answers with the modules as a form, and names the main module in a header. */
const downloadScript = (call: Call): Answer => {
  const { workers } = call.cloud;
  const script = workers.getScript(readScriptName(call));
  const id = workers.deployedVersion(script.name);
  const version = id === undefined ? undefined : workers.findVersion(id);
  const form = new FormData();
  for (const { name, type, hash } of version?.modules ?? []) {
    const content = new Uint8Array(workers.readModule(hash));
    form.append(name, new Blob([content], { type: contentTypes[type] }), name);
  }
  return { raw: new Response(form, { headers: { "CF-Entrypoint": version?.mainModule ?? "" } }) };
};

const deleteScript = (call: Call): Answer => {
  const { name } = call.cloud.workers.getScript(readScriptName(call));
  call.cloud.workers.removeScript(name);
  return { result: null };
};

const currentVersion = ({ workers }: Call["cloud"], script: string): Version | undefined => {
  const id = workers.deployedVersion(script);
  return id === undefined ? undefined : workers.findVersion(id);
};

/** `?tags=release:yes,old:no` */
function hasTags(tags: string[], filter: string | null): boolean {
  if (filter === null) return true;
  return filter.split(",").every((part) => {
    const separator = part.lastIndexOf(":");
    return tags.includes(part.slice(0, separator)) === (part.slice(separator + 1) === "yes");
  });
}

export const scriptRoutes: Route[] = [
  {
    method: "GET",
    path: "/accounts/:account/workers/scripts",
    permission: "Workers Scripts:Read",
    handle: ({ cloud, request }) => ({
      result: cloud.workers
        .listScripts()
        .filter(({ settings }) => hasTags(settings.tags, request.query.get("tags")))
        .map((script) => scriptAnswer(script, currentVersion(cloud, script.name))),
    }),
  },
  {
    method: "GET",
    path: "/accounts/:account/workers/scripts-search",
    permission: "Workers Scripts:Read",
    handle: ({ cloud, request }) => {
      const name = request.query.get("name") ?? "";
      const id = request.query.get("id");
      return {
        result: cloud.workers
          .listScripts()
          .filter((script) => script.name.includes(name) && (id === null || script.tag === id))
          .map((script) => ({
            id: script.tag,
            script_name: script.name,
            service_name: script.name,
            environment_name: "production",
            environment_is_default: true,
            created_on: script.createdAt,
            modified_on: script.modifiedAt,
          })),
      };
    },
  },
  {
    method: "PUT",
    path: "/accounts/:account/workers/scripts/:script",
    permission: "Workers Scripts:Edit",
    handle: uploadScript,
  },
  {
    method: "GET",
    path: "/accounts/:account/workers/scripts/:script",
    permission: "Workers Scripts:Read",
    handle: downloadScript,
  },
  ...["scripts", "services"].map((collection): Route => ({
    method: "DELETE",
    path: `/accounts/:account/workers/${collection}/:script`,
    permission: "Workers Scripts:Edit",
    handle: deleteScript,
  })),
  {
    // wrangler asks before it deletes what else would break. Nothing would: here no Worker can be bound to another.
    method: "GET",
    path: "/accounts/:account/workers/scripts/:script/references",
    permission: "Workers Scripts:Read",
    handle: (call) => {
      call.cloud.workers.getScript(readScriptName(call));
      return { result: { services: { incoming: [], outgoing: [] } } };
    },
  },
  {
    method: "GET",
    path: "/accounts/:account/workers/tails/by-consumer/:script",
    permission: "Workers Scripts:Read",
    handle: () => ({ result: [] }),
  },
  {
    // wrangler also removes the KV namespace of a Worker's static assets. There are none here.
    method: "GET",
    path: "/accounts/:account/storage/kv/namespaces",
    permission: "Workers Scripts:Read",
    handle: () => ({
      result: [],
      resultInfo: { page: 1, per_page: 100, count: 0, total_count: 0, total_pages: 0 },
    }),
  },
  {
    method: "GET",
    path: "/accounts/:account/workers/services/:script",
    permission: "Workers Scripts:Read",
    handle: (call) => {
      const script = call.cloud.workers.getScript(readScriptName(call));
      const dates = { created_on: script.createdAt, modified_on: script.modifiedAt };
      return {
        result: {
          id: script.name,
          ...dates,
          default_environment: {
            environment: "production",
            ...dates,
            script: scriptAnswer(script, currentVersion(call.cloud, script.name)),
          },
          environments: [{ environment: "production", ...dates }],
        },
      };
    },
  },
];
