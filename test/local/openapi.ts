/**
 * Checks requests and answers against Cloudflare's published API. The document lies beside the project, not in it. If it is
 * absent, nothing is checked, and the tests that rely on it say so in their names.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";

const file = join(import.meta.dirname, "../../../shared/cloudflare-openapi.json");
const methods = ["delete", "get", "patch", "post", "put"];

interface Operation {
  responses: Record<string, unknown>;
  requestBody?: { content: Record<string, unknown> };
}

export const isPublishedApiPresent = existsSync(file);

/** For the end of a test's name. */
export const judged = isPublishedApiPresent
  ? "(every shape validated against Cloudflare's published API)"
  : "(shapes NOT validated: ../shared/cloudflare-openapi.json is absent)";

const document = isPublishedApiPresent
  ? (JSON.parse(readFileSync(file, "utf8")) as { paths: Record<string, Record<string, Operation>> })
  : { paths: {} };
const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: true });
addFormats["default"](ajv);
ajv.addSchema(document, "cloudflare");

const templates = Object.entries(document.paths).flatMap(([path, operations]) =>
  Object.keys(operations)
    .filter((method) => methods.includes(method))
    .map((method) => ({
      path,
      method,
      parameters: path.split("/").filter((part) => part.startsWith("{")).length,
      pattern: new RegExp(`^${path.replaceAll(/\{[^}]+\}/g, "[^/]+")}$`),
    })),
);
/** Here the document is wrong: it says object, but wrangler and the dashboard read an array. */
const wrongInDocument = new Set(["/result/resources/bindings must be object"]);

/** The end of a path that a test requests because nothing is there. */
const noSuchPath = "/nothing/here";

const compiled = new Map<string, ValidateFunction>();

/** What is wrong with the JSON of a request or an answer. Empty if it is as published, or if nothing is published. */
export function problemsOf(call: {
  method: string;
  path: string;
  status?: number;
  contentType?: string;
  value: unknown;
}): string[] {
  const found = templates
    .filter(
      ({ method, pattern }) => method === call.method.toLowerCase() && pattern.test(call.path),
    )
    .sort((a, b) => a.parameters - b.parameters)[0];
  const operation = found && document.paths[found.path]?.[found.method];
  if (found === undefined || operation === undefined) {
    if (!isPublishedApiPresent || call.path.endsWith(noSuchPath)) return [];
    return [`${call.method} ${call.path} is not in the published document`];
  }
  const steps =
    call.status === undefined
      ? ["requestBody", "content", call.contentType ?? "application/json"]
      : ["responses", responseKey(operation, call.status), "content", "application/json"];
  const pointer = ["paths", found.path, found.method, ...steps, "schema"]
    .map((step) => encodeURIComponent(step.replaceAll("~", "~0").replaceAll("/", "~1")))
    .join("/");
  const reference = `cloudflare#/${pointer}`;
  const validate = compiled.get(reference) ?? ajv.compile({ $ref: reference });
  compiled.set(reference, validate);
  if (validate(call.value)) return [];
  return (validate.errors ?? [])
    .map(({ instancePath, message }) => `${instancePath} ${message}`)
    .filter((problem) => !wrongInDocument.has(problem))
    .map((problem) => `${call.method} ${found.path} ${problem}`);
}

function responseKey(operation: Operation, status: number): string {
  if (String(status) in operation.responses) return String(status);
  return `${String(status)[0]}XX`;
}
