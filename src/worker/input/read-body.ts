/** Reads a body by its content type, and writes a changed one back, so that the route reads what was checked. */
import { refuse, type Refusal } from "./refusal.ts";

/** The bodies that a route takes. */
export interface BodyTypes {
  /** The media types that it reads. */
  mediaTypes: readonly string[];
  /** What is left to the route: forms, or whatever it is sent. Omitted: nothing is. */
  unread?: "forms" | "all";
}

export interface ReadBody {
  isEmpty: boolean;
  /** The value of JSON, or the fields of a form; undefined for a body that is left to the route. */
  value?: unknown;
  isForm?: boolean | undefined;
}

const form = "application/x-www-form-urlencoded";
/** Other charsets are refused because workerd throws on unknown ones. */
const formInUtf8 = /^\s*application\/x-www-form-urlencoded\s*(?:;\s*charset="?utf-8"?\s*)?;?\s*$/i;
/** As Better Auth recognizes JSON. */
const json = /^application\/([a-z0-9.+-]*\+)?json$/;

export function readBody(
  bytes: ArrayBuffer,
  { method, headers }: Request,
  { mediaTypes, unread }: BodyTypes,
): ReadBody | Refusal {
  if (bytes.byteLength === 0) return { isEmpty: true };
  // No route reads such a body (RFC 9110 section 9.3.1), but a hook might, and nothing would have validated it.
  if (method === "GET" || method === "HEAD") {
    return refuse("BODY_NOT_EXPECTED", `A ${method} request has no body.`);
  }
  if (unread === "all") return { isEmpty: false };
  const header = headers.get("content-type") ?? "";
  const type = header.split(";")[0]?.trim().toLowerCase() ?? "";
  const isForm = type === form;
  if (!mediaTypes.includes(type) || (isForm && !formInUtf8.test(header))) {
    const taken = mediaTypes.join(" or ");
    const what = taken === "application/json" ? "JSON" : "the body";
    return refuse("UNSUPPORTED_MEDIA_TYPE", `Send ${what}, with Content-Type: ${taken}.`, 415);
  }
  const isLeft = isForm ? unread === "forms" : !json.test(type);
  if (isLeft) return { isEmpty: false };
  let value: unknown;
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes);
    value = isForm ? Object.fromEntries(new URLSearchParams(text)) : JSON.parse(text);
  } catch {
    return refuse("MALFORMED_JSON", "The body is not well-formed JSON in UTF-8.");
  }
  return { isEmpty: false, value, isForm };
}

/**
 * The request with another URL and body.
 *
 * @param body what the body is to say, null for nothing, or undefined to leave it as it is.
 */
export function replaceRequest(
  request: Request,
  url: URL,
  body: Omit<ReadBody, "isEmpty"> | null | undefined,
): Request {
  const moved = url.href === request.url ? request : new Request(url, request);
  if (body === undefined) return moved;
  const text =
    body === null ? null : body.isForm ? writeForm(body.value) : JSON.stringify(body.value);
  if (text === undefined) return moved;
  const headers = new Headers(moved.headers);
  headers.delete("Content-Length");
  const init: RequestInit = { headers, body: text };
  return new Request(moved, init);
}

/** A form has text alone: one that a schema made anything else of is left as it was sent. */
function writeForm(value: unknown): string | undefined {
  const entries = Object.entries(value ?? {});
  const isText = entries.every((entry): entry is [string, string] => typeof entry[1] === "string");
  return isText ? new URLSearchParams(entries).toString() : undefined;
}
