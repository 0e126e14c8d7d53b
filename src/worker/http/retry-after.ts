/** Repeats `Retry-After` in the body of an error, since a client that hands on only the body loses the header. */

const mayBeRepeated = (status: number): boolean => status === 429 || status === 503;

/** Adds `retryAfter`, a number of seconds, to the JSON of a 429 or 503 that has the header in seconds. */
export async function withRetryAfter(response: Response): Promise<Response> {
  const header = response.headers.get("Retry-After");
  const isJson = /[/+]json\b/.test(response.headers.get("Content-Type") ?? "");
  if (!mayBeRepeated(response.status) || header === null || !isJson) return response;
  const retryAfter = Number(header);
  // RFC 9110 section 10.2.3 also allows a date, which an owner's plugin may send.
  if (!Number.isInteger(retryAfter)) return response;
  const body: unknown = await response.clone().json();
  if (typeof body !== "object" || body === null || Array.isArray(body)) return response;
  const headers = new Headers(response.headers);
  headers.delete("Content-Length");
  return new Response(JSON.stringify({ ...body, retryAfter }), {
    status: response.status,
    headers,
  });
}
