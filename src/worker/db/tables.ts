/** Every table and relation of the database: the template's, and the owner's. This is the schema that Drizzle is given. */
import * as own from "../own/schema.ts";
import * as template from "./schema.ts";

/** Makes a name that the template exports too a compile error, because it would replace the template's table. */
type WithoutTaken<Own, Template> = {
  [Name in keyof Own]: Name extends keyof Template ? never : Own[Name];
};

function merge<Template, Own>(
  template: Template,
  own: Own & WithoutTaken<Own, Template>,
): Template & Own {
  return { ...template, ...own };
}

export const tables = merge(template, own);
