/** Versions and deployments over the API: uploaded code, and the choice of which code runs. */
import { z } from "zod";
import { readJson, type Route } from "./call.ts";
import { ApiError } from "./errors.ts";
import { versionAnswer, versionSummary } from "./script-answers.ts";
import { buildVersion, readUpload, sourceOf } from "./script-uploads.ts";
import { readScriptName } from "./scripts.ts";

const deployment = z.object({
  strategy: z.literal("percentage"),
  versions: z
    .array(z.object({ version_id: z.string(), percentage: z.number().min(0).max(100) }))
    .min(1)
    .max(2),
  annotations: z.record(z.string(), z.string().nullish()).optional(),
});

const path = "/accounts/:account/workers/scripts/:script";
const versionNotFound = (id: string) => new ApiError(404, 10212, `Version '${id}' was not found`);

export const deploymentRoutes: Route[] = [
  {
    method: "POST",
    path: `${path}/versions`,
    permission: "Workers Scripts:Edit",
    handle: async (call) => {
      const { state, workers } = call.cloud;
      const { name } = workers.getScript(readScriptName(call));
      const upload = await readUpload(call);
      const built = await buildVersion(call, name, upload);
      const version = state.transaction(() => workers.saveVersion(built, upload.contents));
      return { result: versionAnswer(version) };
    },
  },
  {
    method: "GET",
    path: `${path}/versions`,
    permission: "Workers Scripts:Read",
    handle: (call) => {
      const { workers } = call.cloud;
      const { name } = workers.getScript(readScriptName(call));
      return { result: { items: workers.listVersions(name).map(versionSummary) } };
    },
  },
  {
    method: "GET",
    path: `${path}/versions/:version`,
    permission: "Workers Scripts:Read",
    handle: (call) => {
      const { workers } = call.cloud;
      const { name } = workers.getScript(readScriptName(call));
      const version = workers.findVersion(call.param("version"));
      if (version?.script !== name) throw versionNotFound(call.param("version"));
      return { result: versionAnswer(version) };
    },
  },
  {
    method: "POST",
    path: `${path}/deployments`,
    permission: "Workers Scripts:Edit",
    handle: (call) => {
      const { workers } = call.cloud;
      const { name } = workers.getScript(readScriptName(call));
      const { versions, annotations } = readJson(call, deployment);
      for (const { version_id } of versions) {
        if (workers.findVersion(version_id)?.script !== name) throw versionNotFound(version_id);
      }
      if (versions.reduce((sum, { percentage }) => sum + percentage, 0) !== 100) {
        throw new ApiError(400, 10213, "The percentages of a deployment must add up to 100");
      }
      const message = annotations?.["workers/message"];
      return {
        result: workers.deploy(name, versions, {
          source: sourceOf(call.request.userAgent),
          annotations: {
            "workers/triggered_by": "deployment",
            ...(typeof message === "string" ? { "workers/message": message } : {}),
          },
        }),
      };
    },
  },
  {
    method: "GET",
    path: `${path}/deployments`,
    permission: "Workers Scripts:Read",
    handle: (call) => {
      const { workers } = call.cloud;
      const { name } = workers.getScript(readScriptName(call));
      return { result: { deployments: workers.listDeployments(name) } };
    },
  },
];
