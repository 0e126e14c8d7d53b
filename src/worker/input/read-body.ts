/** Reads a body by its content type, and writes a changed one back, so that the route reads what was checked. */
import { refuse, type Refusal } from "./refusal.ts";
import type { InputRules } from "./rules.ts";

export type Fields = Readonly<Record<string, unknown>>;

export interface ReadBody {
  isEmpty: boolean;
  /** The fields of a JSON object; undefined for a body that is left to the route. */
  fields?: Fields;
}

/** The content type of a provider's form_post. Other charsets are refused because workerd throws on unknown ones. */
const formInUtf8 = /^\s*application\/x-www-form-urlencoded\s*(?:;\s*charset="?utf-8"?\s*)?;?\s*$/i;

export function readBody(
  bytes: ArrayBuffer,
  request: Request,
  rules: InputRules,
): ReadBody | Refusal {
  const { method, headers } = request;
  if (bytes.byteLength === 0) return { isEmpty: true };
  // No route reads such a body (RFC 9110 section 9.3.1), but a hook might, and nothing would have validated it.
  if (method === "GET" || method === "HEAD") {
    return refuse("BODY_NOT_EXPECTED", `A ${method} request has no body.`);
  }
  const type = headers.get("content-type") ?? "";
  if (type.split(";")[0]?.trim().toLowerCase() !== "application/json") {
    // Only a provider's form_post is a form, and its state parameter protects it. Any other form is cross-site.
    if (rules.form === true && formInUtf8.test(type)) return { isEmpty: false };
    return refuse("UNSUPPORTED_MEDIA_TYPE", "Send JSON, with Content-Type: application/json.", 415);
  }
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes));
  } catch {
    return refuse("MALFORMED_JSON", "The body is not well-formed JSON in UTF-8.");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return refuse("OBJECT_EXPECTED", "The body must be a JSON object.");
  }
  return { isEmpty: false, fields: value as Fields };
}

/**
 * The request with another URL and body.
 *
 * @param body the fields of a JSON object, null for none, or undefined for that of the request.
 */
export function replaceRequest(request: Request, url: URL, body: Fields | null | undefined) {
  const moved = url.href === request.url ? request : new Request(url, request);
  if (body === undefined) return moved;
  const headers = new Headers(moved.headers);
  headers.delete("Content-Length");
  const init: RequestInit = { headers, body: body === null ? null : JSON.stringify(body) };
  return new Request(moved, init);
}
