/**
 * Fields that are larger than a name and are stored: pictures, a tenant's metadata, a role's permissions. Without
 * limits, anybody who may write them would choose how much the platform stores and sends with every list.
 */
import type { Limits } from "../limits.ts";
import { checkPicture } from "./pictures.ts";
import { refuse, type Refusal } from "./refusal.ts";
import type { InputRules } from "./rules.ts";

/** Each permission that there is takes a few hundred bytes; a list may repeat one. */
const permissionLimitBytes = 4 * 1024;

export type SizeLimits = Pick<Limits, "pictureBytes" | "tenantMetadataBytes">;

type Fields = Readonly<Record<string, unknown>>;

/** The fields of a route that hold a picture, at the top of the body or in its `data`. */
export function pictureFields({ userFields, stores }: InputRules): readonly string[] {
  if (userFields !== undefined) return ["image"];
  return stores === "tenant" ? ["logo"] : [];
}

export function checkSizes(
  body: Fields,
  rules: InputRules,
  limits: SizeLimits,
): Refusal | undefined {
  const data = body["data"];
  const parts = [body, ...(typeof data === "object" && data !== null ? [data as Fields] : [])];
  for (const part of parts) {
    for (const field of pictureFields(rules)) {
      const picture = part[field];
      const refusal =
        typeof picture === "string" ? checkPicture(field, picture, limits.pictureBytes) : undefined;
      if (refusal !== undefined) return refusal;
    }
    if (rules.stores === "tenant" && bytesOf(part["metadata"]) > limits.tenantMetadataBytes) {
      return refuse(
        "METADATA_TOO_LARGE",
        `"metadata" must not have more than ${limits.tenantMetadataBytes} bytes as JSON.`,
      );
    }
    if (rules.stores === "role" && bytesOf(part["permission"]) > permissionLimitBytes) {
      return refuse(
        "TOO_LONG",
        `"permission" must not have more than ${permissionLimitBytes} bytes as JSON.`,
      );
    }
  }
  return undefined;
}

const encoder = new TextEncoder();

const bytesOf = (value: unknown) =>
  value == null ? 0 : encoder.encode(JSON.stringify(value)).length;
