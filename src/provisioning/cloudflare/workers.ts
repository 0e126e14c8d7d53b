/** Workers: their settings, their upload and their removal. */
import { z } from "zod";
import { readPlacement, type Placement } from "../placement.ts";
import type { Release } from "../release.ts";
import { cloudflareCode, undefinedIfAbsent } from "./errors.ts";
import type { Call, Guard } from "./transport.ts";

const bindingSchema = z.looseObject({ type: z.string(), name: z.string() });
/** A Worker's binding. Cloudflare never returns the value of a secret. */
export type Binding = z.infer<typeof bindingSchema>;

const settingsSchema = z.object({
  tags: z.array(z.string()).nullish(),
  bindings: z.array(bindingSchema).optional(),
  placement: z.unknown().optional(),
});

const scriptSchema = z.object({
  id: z.string(),
  tags: z.array(z.string()).nullish(),
  modified_on: z.string().optional(),
});

export interface Upload {
  workerName: string;
  release: Release;
  bindings: Binding[];
  tags: string[];
  /** Undefined: near its users. */
  placement?: Placement | undefined;
}

export function workerCalls(call: Call, accountPath: string) {
  const worker = (name: string) => `${accountPath}/workers/scripts/${encodeURIComponent(name)}`;

  return {
    /** The Worker's tags, bindings and placement, or undefined if it does not exist. */
    async readWorker(name: string) {
      const answer = await undefinedIfAbsent(
        call({ method: "GET", path: `${worker(name)}/settings`, repeatable: true }),
        cloudflareCode.workerNotFound,
        cloudflareCode.scriptNotFound,
      );
      if (answer === undefined) return undefined;
      const { tags, bindings, placement } = settingsSchema.parse(answer.result);
      return {
        tags: tags ?? [],
        bindings: bindings ?? [],
        placement: readPlacement(placement),
      };
    },

    /** Every Worker of the account, with or without our tag. */
    async listWorkers() {
      const { result } = await call({
        method: "GET",
        path: `${accountPath}/workers/scripts`,
        repeatable: true,
      });
      return z
        .array(scriptSchema)
        .parse(result)
        .map(({ id, tags, modified_on }) => ({
          name: id,
          tags: tags ?? [],
          modifiedOn: modified_on,
        }));
    },

    /**
     * Creates the Worker or a new version of it. Repeatable: uploading the same content twice leaves the same Worker.
     * `bindings_inherit=strict` makes a binding that cannot be inherited an error (10057). Without it, Cloudflare silently
     * drops the binding, which may be a secret.
     */
    async uploadWorker(
      { workerName, release, bindings, tags, placement }: Upload,
      { beforeEach }: Guard = {},
    ): Promise<void> {
      const form = new FormData();
      const metadata = {
        main_module: release.mainModule,
        compatibility_date: release.compatibilityDate,
        compatibility_flags: release.compatibilityFlags,
        bindings,
        // As wrangler does: a secret that was set after we read the Worker is missing from `bindings` and must be kept.
        keep_bindings: ["secret_text", "secret_key"],
        tags,
        placement,
        observability: { enabled: true },
      };
      form.set("metadata", new Blob([JSON.stringify(metadata)], { type: "application/json" }));
      for (const { name, content, contentType } of release.modules) {
        form.set(name, new Blob([content], { type: contentType }), name);
      }
      await call({
        method: "PUT",
        path: worker(workerName),
        query: { bindings_inherit: "strict" },
        form,
        repeatable: true,
        beforeEach,
      });
    },

    /** @returns whether the Worker existed. */
    async deleteWorker(name: string, { beforeEach }: Guard = {}): Promise<boolean> {
      const answer = await undefinedIfAbsent(
        call({ method: "DELETE", path: worker(name), repeatable: true, beforeEach }),
        cloudflareCode.workerNotFound,
        cloudflareCode.scriptNotFound,
      );
      return answer !== undefined;
    },
  };
}
