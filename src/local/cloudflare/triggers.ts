/** The other ways to start a Worker: cron schedules and workers.dev. They are stored and shown but never fire here. */
import { z } from "zod";
import { readJson, type Route } from "./call.ts";
import { notSupportedLocally } from "./errors.ts";
import { readScriptName } from "./scripts.ts";

const schedules = z.array(z.object({ cron: z.string().min(1) }));
const subdomain = z.object({ enabled: z.boolean(), previews_enabled: z.boolean().optional() });

const path = "/accounts/:account/workers/scripts/:script";

export const triggerRoutes: Route[] = [
  {
    method: "GET",
    path: `${path}/schedules`,
    permission: "Workers Scripts:Read",
    handle: (call) => ({
      result: { schedules: call.cloud.workers.getScript(readScriptName(call)).schedules },
    }),
  },
  {
    method: "PUT",
    path: `${path}/schedules`,
    permission: "Workers Scripts:Edit",
    handle: (call) => {
      const { workers, now } = call.cloud;
      const { name } = workers.getScript(readScriptName(call));
      const date = new Date(now()).toISOString();
      const wanted = readJson(call, schedules).map(({ cron }) => ({
        cron,
        created_on: date,
        modified_on: date,
      }));
      workers.saveSchedules(name, wanted);
      return { result: { schedules: wanted } };
    },
  },
  {
    method: "GET",
    path: `${path}/subdomain`,
    permission: "Workers Scripts:Read",
    handle: (call) => {
      const script = call.cloud.workers.getScript(readScriptName(call));
      return {
        result: { enabled: script.subdomainEnabled, previews_enabled: script.previewsEnabled },
      };
    },
  },
  {
    method: "POST",
    path: `${path}/subdomain`,
    permission: "Workers Scripts:Edit",
    handle: (call) => {
      const { workers } = call.cloud;
      const { name } = workers.getScript(readScriptName(call));
      const { enabled, previews_enabled = enabled } = readJson(call, subdomain);
      workers.saveSubdomain(name, enabled, previews_enabled);
      return { result: { enabled, previews_enabled } };
    },
  },
  {
    method: "DELETE",
    path: `${path}/subdomain`,
    permission: "Workers Scripts:Edit",
    handle: (call) => {
      const { workers } = call.cloud;
      workers.saveSubdomain(workers.getScript(readScriptName(call)).name, false, false);
      return { result: { enabled: false, previews_enabled: false } };
    },
  },
  {
    // The newer form of the same route. wrangler calls it before it deploys.
    method: "GET",
    path: "/accounts/:account/workers/workers/:script",
    permission: "Workers Scripts:Read",
    handle: (call) => {
      const script = call.cloud.workers.getScript(readScriptName(call));
      return {
        result: {
          id: script.tag,
          name: script.name,
          created_on: script.createdAt,
          updated_on: script.modifiedAt,
          tags: script.settings.tags,
          logpush: script.settings.logpush,
          subdomain: {
            enabled: script.subdomainEnabled,
            previews_enabled: script.previewsEnabled,
          },
        },
      };
    },
  },
  {
    method: "POST",
    path: `${path}/tails`,
    permission: "Workers Scripts:Read",
    handle: () => {
      throw notSupportedLocally("Tailing a Worker (its log is in the output of this server)");
    },
  },
  {
    method: "GET",
    path: "/accounts/:account/workers/subdomain",
    permission: "Workers Scripts:Read",
    handle: () => ({ result: { subdomain: "local" } }),
  },
  {
    method: "GET",
    path: "/accounts/:account/workers/account-settings",
    permission: "Workers Scripts:Read",
    handle: () => ({ result: { default_usage_model: "standard", green_compute: false } }),
  },
  {
    method: "PUT",
    path: "/accounts/:account/workers/account-settings",
    permission: "Workers Scripts:Edit",
    handle: () => ({ result: { default_usage_model: "standard", green_compute: false } }),
  },
];
