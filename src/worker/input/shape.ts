/** Which fields a zod schema knows, read once from the schemas of Better Auth's routes. */

/** Field -> what is known of the fields below it; a field whose value may be anything has undefined. */
export type Shape = ReadonlyMap<string, Shape | undefined>;

/** The fields of an object schema, looking through wrappers; undefined for a schema that takes any. */
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

/** The first field of `value` that `shape` does not have, as a path. */
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

/** What any of several schemas knows; undefined when one of them takes anything. */
function merge(shapes: (Shape | undefined)[]): Shape | undefined {
  const known = shapes.filter((shape) => shape !== undefined);
  if (known.length < shapes.length) return undefined;
  return new Map(known.flatMap((shape) => [...shape]));
}
