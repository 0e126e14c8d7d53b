/** A Worker's secrets over the API. Each change makes a new version, which runs from the next request on. */
import { z } from "zod";
import { readJson, type Call, type Route } from "./call.ts";
import { secretNotFound } from "./errors.ts";
import { bindingAnswer } from "./script-answers.ts";
import { rebuildVersion } from "./script-uploads.ts";
import { deployVersion, readScriptName } from "./scripts.ts";
import { openForChange } from "./settings.ts";
import type { Binding } from "./worker-store.ts";

const secret = z.object({
  name: z.string().min(1),
  text: z.string(),
  type: z.literal("secret_text"),
});
const bulk = z.object({ secrets: z.record(z.string(), secret.nullable()) });

const isSecret = ({ type }: Binding) => type === "secret_text";

async function changeBindings(
  call: Call,
  change: (bindings: Binding[]) => Binding[],
): Promise<Binding[]> {
  const { version } = openForChange(call);
  const built = await rebuildVersion(call.cloud, version, {
    bindings: change(version.bindings),
    annotations: { "workers/triggered_by": "secret" },
  });
  return deployVersion(call, built).version.bindings;
}

const without = (bindings: Binding[], name: string) =>
  bindings.filter((binding) => binding.name !== name);

function listSecrets(call: Call): Binding[] {
  const { workers } = call.cloud;
  const script = workers.getScript(readScriptName(call));
  return workers.latestVersion(script.name)?.bindings.filter(isSecret) ?? [];
}

const path = "/accounts/:account/workers/scripts/:script";

export const secretRoutes: Route[] = [
  {
    method: "GET",
    path: `${path}/secrets`,
    permission: "Workers Scripts:Read",
    handle: (call) => ({ result: listSecrets(call).map(bindingAnswer) }),
  },
  {
    method: "PUT",
    path: `${path}/secrets`,
    permission: "Workers Scripts:Edit",
    handle: async (call) => {
      const given = readJson(call, secret);
      await changeBindings(call, (bindings) => [...without(bindings, given.name), given]);
      return { result: { name: given.name, type: given.type } };
    },
  },
  {
    method: "PATCH",
    path: `${path}/secrets-bulk`,
    permission: "Workers Scripts:Edit",
    handle: async (call) => {
      const { secrets } = readJson(call, bulk);
      const bindings = await changeBindings(call, (previous) =>
        Object.entries(secrets).reduce<Binding[]>((changed, [name, given]) => {
          const others = without(changed, name);
          return given === null ? others : [...others, { ...given, name }];
        }, previous),
      );
      return {
        result: Object.fromEntries(
          bindings.filter(isSecret).map((binding) => [binding.name, bindingAnswer(binding)]),
        ),
      };
    },
  },
  {
    method: "GET",
    path: `${path}/secrets/:secret`,
    permission: "Workers Scripts:Read",
    handle: (call) => {
      const name = call.param("secret");
      const found = listSecrets(call).find((binding) => binding.name === name);
      if (found === undefined) throw secretNotFound(name);
      return { result: bindingAnswer(found) };
    },
  },
  {
    method: "DELETE",
    path: `${path}/secrets/:secret`,
    permission: "Workers Scripts:Edit",
    handle: async (call) => {
      const name = call.param("secret");
      if (listSecrets(call).every((binding) => binding.name !== name)) throw secretNotFound(name);
      await changeBindings(call, (bindings) => without(bindings, name));
      return { result: null };
    },
  },
];
