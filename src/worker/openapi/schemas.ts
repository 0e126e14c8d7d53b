/** Builds JSON Schema (in the dialect of OpenAPI 3.1) for the input of routes and for the rows in their responses. */
import type { BetterAuthDBSchema } from "better-auth/db";
import * as z from "zod";

export type Schema = Record<string, unknown>;

/** @returns the schema of the input, before defaults and transforms; undefined if `schema` is not a zod schema. */
export function inputSchema(schema: unknown): Schema | undefined {
  if (!(schema instanceof z.ZodType)) return undefined;
  const { $schema: _, ...described } = z.toJSONSchema(schema, {
    io: "input",
    unrepresentable: "any",
    override: ({ zodSchema, jsonSchema }) => {
      if (zodSchema._zod.def.type === "date") {
        jsonSchema.type = "string";
        jsonSchema.format = "date-time";
      }
    },
  });
  return mergeObjects(described);
}

/** Merges an intersection of objects into one object, which is equivalent and easier to read. */
function mergeObjects(schema: Schema): Schema {
  const { allOf, ...rest } = schema;
  if (!Array.isArray(allOf)) return schema;
  const parts = allOf as { type?: unknown; properties?: object; required?: string[] }[];
  if (parts.some(({ type }) => type !== "object")) return schema;
  return {
    ...rest,
    type: "object",
    properties: Object.assign({}, ...parts.map(({ properties }) => properties)) as object,
    required: parts.flatMap(({ required = [] }) => required),
  };
}

/** True if a request may omit the value. */
export function isOptional(schema: unknown): boolean {
  return schema instanceof z.ZodType && schema.safeParse(undefined).success;
}

/** @returns a schema for each table's rows, without the columns that are never returned. */
export function rowSchemas(tables: BetterAuthDBSchema): Record<string, Schema> {
  return Object.fromEntries(
    Object.entries(tables).map(([name, { fields }]) => {
      const returnedFields = Object.entries(fields).filter(
        ([, { returned }]) => returned !== false,
      );
      return [
        name.charAt(0).toUpperCase() + name.slice(1),
        {
          type: "object",
          properties: {
            id: { type: "string", readOnly: true },
            ...Object.fromEntries(
              returnedFields.map(([field, column]) => [field, columnSchema(column)]),
            ),
          },
          required: [
            "id",
            ...returnedFields.flatMap(([field, { required }]) => (required ? [field] : [])),
          ],
        },
      ];
    }),
  );
}

type Column = BetterAuthDBSchema[string]["fields"][string];

export function columnSchema({ type, required, input, defaultValue }: Column): Schema {
  return {
    ...typeSchema(type, required === true),
    ...(input === false ? { readOnly: true } : {}),
    ...(defaultValue === undefined || defaultValue === null || typeof defaultValue === "function"
      ? {}
      : { default: defaultValue }),
  };
}

function typeSchema(type: Column["type"], required: boolean): Schema {
  if (Array.isArray(type)) return { type: "string", enum: type };
  if (type === "json") return {};
  const [, items] = /^(string|number)\[\]$/.exec(type) ?? [];
  const name = items === undefined ? (type === "date" ? "string" : type) : "array";
  return {
    type: required ? name : [name, "null"],
    ...(type === "date" ? { format: "date-time" } : {}),
    ...(items === undefined ? {} : { items: { type: items } }),
  };
}
