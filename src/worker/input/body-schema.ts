/**
 * Validates a body against the route's own schema before any hook reads it. Better Auth runs its hooks on the raw body, but
 * the route on the parsed one. If the schema coerces a list to a string or drops a field, a hook that guards the route
 * would see another value than the route. A hook could also write something for a request that is refused afterwards.
 */
import { refuse, type Refusal } from "./refusal.ts";
import { isFields } from "./shape.ts";

/** A Standard Schema (https://standardschema.dev), as Better Auth's routes declare. */
export interface BodySchema {
  "~standard": { validate: (value: unknown) => Result | Promise<Result> };
}

interface Result {
  value?: unknown;
  issues?: readonly Issue[] | undefined;
}

interface Issue {
  message: string;
  path?: readonly (PropertyKey | { key: PropertyKey })[] | undefined;
}

/** @param value undefined for a request without a body. */
export async function checkBodySchema(
  schema: BodySchema,
  value: unknown,
): Promise<Refusal | undefined> {
  const { issues, value: parsed } = await schema["~standard"].validate(value);
  // The message has the same format as Better Auth's own.
  if (issues !== undefined) return refuse("VALIDATION_ERROR", issues.map(describe).join("; "));
  const misread = misreadField(value, parsed);
  if (misread === undefined) return undefined;
  return refuse("INVALID_TYPE", `"${misread.slice(0, 64)}" has the wrong type.`);
}

/**
 * Reads a body as the schema of an owner's route does, so that the hooks before the route are given what the route is. The
 * route reads it once more: where the schema would make something else of its own output, the body stays as it was sent.
 */
export async function readWithSchema(
  schema: BodySchema,
  sent: unknown,
): Promise<{ value?: unknown } | Refusal> {
  const { issues, value: parsed } = await schema["~standard"].validate(sent);
  if (issues !== undefined) return refuse("VALIDATION_ERROR", issues.map(describe).join("; "));
  const text = toJson(parsed);
  if (text === undefined || text === toJson(sent)) return { value: sent };
  const value: unknown = JSON.parse(text);
  const again = await schema["~standard"].validate(value);
  const isStable = again.issues === undefined && toJson(again.value) === text;
  return { value: isStable ? value : sent };
}

/** @returns undefined for what JSON does not hold. */
function toJson(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}

function describe({ message, path = [] }: Issue): string {
  const keys = path.map((part) => String(typeof part === "object" ? part.key : part));
  return `[${["body", ...keys].join(".")}] ${message}`;
}

/** @returns the path of the first field that the schema drops or coerces to another string. */
function misreadField(sent: unknown, parsed: unknown): string | undefined {
  if (!isFields(sent) || !isFields(parsed)) return undefined;
  for (const [name, value] of Object.entries(sent)) {
    if (!Object.hasOwn(parsed, name)) return name;
    const read = parsed[name];
    if (typeof read === "string" && read !== value) return name;
    const below = misreadField(value, read);
    if (below !== undefined) return `${name}.${below}`;
  }
  return undefined;
}
