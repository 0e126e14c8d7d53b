/**
 * What a route's own schema makes of a body, asked before any hook reads it. Better Auth runs its hooks on the body as it
 * came, and the route on what the schema made of it: a list that the schema takes for text, or a field that it drops, would
 * be one thing for a hook that guards the route and another for the route; and a hook could change something for a request
 * that is refused afterwards.
 */
import { refuse, type Refusal } from "./refusal.ts";

/** Standard Schema, https://standardschema.dev: what Better Auth's routes declare. */
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
  const { issues, value: taken } = await schema["~standard"].validate(value);
  // In Better Auth's words.
  if (issues !== undefined) return refuse("VALIDATION_ERROR", issues.map(describe).join("; "));
  const misread = misreadField(value, taken);
  if (misread === undefined) return undefined;
  return refuse("INVALID_TYPE", `"${misread.slice(0, 64)}" has the wrong type.`);
}

function describe({ message, path = [] }: Issue): string {
  const keys = path.map((part) => String(typeof part === "object" ? part.key : part));
  return `[${["body", ...keys].join(".")}] ${message}`;
}

/** The first field that the route would not have, or would have as a text that was not sent, as a path. */
function misreadField(sent: unknown, taken: unknown): string | undefined {
  if (!isFields(sent) || !isFields(taken)) return undefined;
  for (const [name, value] of Object.entries(sent)) {
    if (!Object.hasOwn(taken, name)) return name;
    const read = taken[name];
    if (typeof read === "string" && read !== value) return name;
    const below = misreadField(value, read);
    if (below !== undefined) return `${name}.${below}`;
  }
  return undefined;
}

function isFields(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
