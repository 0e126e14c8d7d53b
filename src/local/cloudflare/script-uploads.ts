/**
 * The upload of a script: reads the multipart form, resolves bindings that are inherited or kept, and loads the code before
 * anything is stored, so that code that Cloudflare would refuse is refused here too.
 */
import { z } from "zod";
import type { Call, Cloud } from "./call.ts";
import { parseShape } from "./call.ts";
import {
  ApiError,
  boundDatabaseMissing,
  inheritedBindingMissing,
  invalidScript,
  noEventHandlers,
  unreadableRequest,
} from "./errors.ts";
import {
  hashOf,
  storedBinding,
  type Binding,
  type StoredModule,
  type Version,
  type VersionContent,
} from "./worker-store.ts";

const uploadedBinding = z.looseObject({ type: z.string(), name: z.string().min(1) });
const inheritBinding = z.object({ name: z.string(), old_name: z.string().optional() });
const databaseBinding = z
  .object({ name: z.string(), id: z.string().optional(), database_id: z.string().optional() })
  .transform(({ name, id, database_id }) => ({ name, id: database_id ?? id ?? "" }));

/** A region of a cloud provider: `aws:us-east-1`, `gcp:europe-west4`, `azure:westeurope`. */
const region = z
  .string()
  .regex(/^(aws|gcp|azure):[a-z0-9-]+$/, "must be a cloud region such as aws:us-east-1");
const target = z.union([
  z.strictObject({ region }),
  z.strictObject({ hostname: z.string() }),
  z.strictObject({ host: z.string() }),
]);
/** As published: `smart` alone, one target alone, or `targeted` with one target or a list. */
export const placement = z.union([
  z.strictObject({ mode: z.literal("smart") }),
  target,
  z.strictObject({ mode: z.literal("targeted"), region }),
  z.strictObject({ mode: z.literal("targeted"), hostname: z.string() }),
  z.strictObject({ mode: z.literal("targeted"), host: z.string() }),
  z.strictObject({ mode: z.literal("targeted"), target: z.array(target).min(1) }),
]);

export const uploadMetadata = z.looseObject({
  main_module: z.string().optional(),
  body_part: z.string().optional(),
  bindings: z.array(uploadedBinding).optional(),
  keep_bindings: z.array(z.string()).optional(),
  compatibility_date: z.iso.date().optional(),
  compatibility_flags: z.array(z.string()).optional(),
  annotations: z.record(z.string(), z.string()).optional(),
  tags: z.array(z.string()).nullish(),
  logpush: z.boolean().optional(),
  observability: z.looseObject({ enabled: z.boolean() }).optional(),
  tail_consumers: z.array(z.looseObject({ service: z.string() })).nullish(),
  placement: placement.nullish(),
});
export type UploadMetadata = z.infer<typeof uploadMetadata>;

export interface Upload {
  metadata: UploadMetadata;
  modules: StoredModule[];
  contents: Map<string, Buffer>;
}

const moduleTypes: Record<string, StoredModule["type"]> = {
  "application/javascript+module": "js",
  "text/javascript+module": "js",
  "application/javascript": "cjs",
  "text/javascript": "cjs",
  "text/plain": "text",
  "application/json": "json",
  "application/octet-stream": "data",
  "application/wasm": "wasm",
};
/** Refused, because the Worker would not be the same without them. */
const unsupportedFields = [
  ["assets", "static assets"],
  ["migrations", "Durable Objects"],
  ["exports", "declared exports"],
] as const;
const sourceMap = "application/source-map";

export async function readForm({ request }: Call): Promise<FormData> {
  try {
    return await new Response(new Uint8Array(request.body), {
      headers: { "Content-Type": request.contentType },
    }).formData();
  } catch (error) {
    throw unreadableRequest("expected multipart/form-data", error);
  }
}

/** Reads a part with JSON, which may be a field or a file. @throws {ApiError} 10026 */
export async function readJsonPart<Schema extends z.ZodType>(
  form: FormData,
  name: string,
  schema: Schema,
): Promise<z.infer<Schema>> {
  const part = form.get(name);
  if (part === null) throw unreadableRequest(`the part '${name}' is missing`);
  const text = typeof part === "string" ? part : await part.text();
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw unreadableRequest(`the part '${name}' is not JSON`, error);
  }
  return parseShape(value, schema);
}

export async function readUpload(call: Call): Promise<Upload> {
  const form = await readForm(call);
  const metadata = await readJsonPart(form, "metadata", uploadMetadata);
  const modules: StoredModule[] = [];
  const contents = new Map<string, Buffer>();
  for (const [name, part] of form) {
    if (name === "metadata") continue;
    if (typeof part === "string") throw unreadableRequest(`the part '${name}' has no file name`);
    const contentType = part.type.split(";")[0]?.trim() ?? "";
    if (contentType === sourceMap) continue;
    const type = moduleTypes[contentType];
    if (type === undefined) {
      throw invalidScript(`Module '${name}' has the unsupported type '${contentType}'`);
    }
    const content = Buffer.from(await part.arrayBuffer());
    const hash = hashOf(content);
    // A module is named by its part, because clients may strip the folder from the file's name.
    modules.push({ name, type, hash });
    contents.set(hash, content);
  }
  return { metadata, modules, contents };
}

/**
 * The version that an upload makes. It is loaded once to see whether it can be loaded.
 *
 * @throws {ApiError} 10021, 10057, 10068 or 10181.
 */
export async function buildVersion(
  call: Call,
  script: string,
  { metadata, modules, contents }: Upload,
): Promise<Version> {
  const { cloud, request } = call;
  const { main_module: mainModule } = metadata;
  if (mainModule === undefined) {
    throw invalidScript(
      metadata.body_part === undefined
        ? "The uploaded script has no main_module"
        : "Service-worker scripts (body_part) do not run on the local Cloudflare; export a module",
    );
  }
  for (const [field, what] of unsupportedFields) {
    if (field in metadata) throw invalidScript(`The local Cloudflare has no ${what} (${field})`);
  }
  if (modules.every(({ name }) => name !== mainModule)) {
    throw invalidScript(`No such module: the main module '${mainModule}' is not among the parts`);
  }
  const content: VersionContent = {
    mainModule,
    compatibilityDate: metadata.compatibility_date ?? "2021-11-02",
    compatibilityFlags: metadata.compatibility_flags ?? [],
    modules,
    bindings: resolveBindings(cloud, {
      given: metadata.bindings ?? [],
      kept: metadata.keep_bindings ?? [],
      previous: cloud.workers.latestVersion(script)?.bindings ?? [],
      isStrict: request.query.get("bindings_inherit") === "strict",
    }),
    handlers: [],
    namedHandlers: [],
    annotations: { ...metadata.annotations, "workers/triggered_by": "upload" },
    source: sourceOf(request.userAgent),
    startupMilliseconds: 0,
  };
  return load(cloud, cloud.workers.newVersion(script, content), contents);
}

/** The same code with other bindings or settings. */
export async function rebuildVersion(
  cloud: Cloud,
  previous: Version,
  change: Partial<VersionContent>,
): Promise<Version> {
  const { id: _id, number: _number, createdAt: _createdAt, script, ...content } = previous;
  return load(cloud, cloud.workers.newVersion(script, { ...content, ...change }), new Map());
}

async function load(
  cloud: Cloud,
  version: Version,
  contents: Map<string, Buffer>,
): Promise<Version> {
  const start = performance.now();
  const inspection = await cloud.inspect(version, contents);
  if (!inspection.ok) throw invalidScript(inspection.error);
  if (inspection.handlers.length === 0 && inspection.named.length === 0) throw noEventHandlers();
  return {
    ...version,
    handlers: inspection.handlers,
    namedHandlers: inspection.named,
    startupMilliseconds: Math.round(performance.now() - start),
  };
}

export const sourceOf = (userAgent: string) =>
  userAgent.includes("wrangler") ? "wrangler" : "api";

export function resolveBindings(
  { state }: Cloud,
  options: {
    given: z.infer<typeof uploadedBinding>[];
    kept: string[];
    previous: Binding[];
    isStrict: boolean;
  },
): Binding[] {
  const resolved = new Map<string, Binding>();
  for (const binding of options.previous) {
    if (options.kept.includes(binding.type)) resolved.set(binding.name, binding);
  }
  for (const binding of options.given) {
    if (binding.type === "inherit") {
      const { name, old_name: oldName = name } = parseShape(binding, inheritBinding);
      const inherited = options.previous.find((previous) => previous.name === oldName);
      if (inherited !== undefined) resolved.set(name, { ...inherited, name });
      // Cloudflare drops it silently unless it was asked to be strict.
      else if (options.isStrict) throw inheritedBindingMissing(oldName);
      continue;
    }
    const stored = readBinding(binding);
    if (stored.type === "d1") {
      const isKnown = state.get(
        "SELECT 1 FROM database WHERE uuid = ? AND name IS NOT NULL AND deleted = 0",
        stored.id,
      );
      if (isKnown === undefined) throw boundDatabaseMissing(stored.name, stored.id);
    }
    resolved.set(stored.name, stored);
  }
  return [...resolved.values()];
}

function readBinding(binding: z.infer<typeof uploadedBinding>): Binding {
  if (binding.type === "d1") return { type: "d1", ...parseShape(binding, databaseBinding) };
  const parsed = storedBinding.safeParse(binding);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  if (issue?.code === "invalid_union") {
    throw invalidScript(
      `Binding '${binding.name}': the local Cloudflare has no bindings of type '${binding.type}'`,
    );
  }
  throw new ApiError(
    400,
    10021,
    `Binding '${binding.name}': ${issue?.path.join(".") ?? ""} ${issue?.message ?? ""}`,
  );
}
