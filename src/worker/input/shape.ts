/** Reads which fields a zod schema has, for the schemas of Better Auth's routes. */

/** Maps each field to the shape of its value; to undefined if the value may be anything. */
export type Shape = ReadonlyMap<string, Shape | undefined>;

/** @returns the fields of an object schema, also inside wrappers; undefined if the schema accepts any field. */
export function readShape(schema: unknown): Shape | undefined {
  const definition = (schema as { def?: Record<string, unknown> } | undefined)?.def;
  switch (definition?.["type"]) {
    case "object": {
      const fields = Object.entries(definition["shape"] as object);
      return new Map(fields.map(([name, field]) => [name, readShape(field)]));
    }
    case "optional":
    case "nullable":
    case "default":
      return readShape(definition["innerType"]);
    case "intersection":
      return merge([readShape(definition["left"]), readShape(definition["right"])]);
    case "union":
      return merge((definition["options"] as unknown[]).map(readShape));
    default:
      return undefined;
  }
}

/** @returns the path of the first field of `value` that is not in `shape`. */
export function unknownField(value: object, shape: Shape): string | undefined {
  for (const [name, child] of Object.entries(value)) {
    if (!shape.has(name)) return name;
    const below = shape.get(name);
    if (
      below === undefined ||
      typeof child !== "object" ||
      child === null ||
      Array.isArray(child)
    ) {
      continue;
    }
    const unknown = unknownField(child as object, below);
    if (unknown !== undefined) return `${name}.${unknown}`;
  }
  return undefined;
}

/** @returns the fields of all schemas together; undefined if one of them accepts any field. */
function merge(shapes: (Shape | undefined)[]): Shape | undefined {
  const closed = shapes.filter((shape) => shape !== undefined);
  if (closed.length < shapes.length) return undefined;
  return new Map(closed.flatMap((shape) => [...shape]));
}

export type Fields = Readonly<Record<string, unknown>>;

export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
