/** Limits the size of a request's headers, since every route would have to parse them. No browser sends more. */
import type { MiddlewareHandler } from "hono";
import type { problem } from "./problem.ts";

/** Browsers keep at most 180 cookies for a registrable domain, most of which neighbouring hosts may have set. */
const cookieLimit = 200;
const headerLimitBytes = 32 * 1024;

/** @param refuse chooses the error format for a URL. */
export function checkHeaders(refuse: (url: string) => typeof problem): MiddlewareHandler {
  return async (context, next) => {
    const { headers, url } = context.req.raw;
    if (!areHeadersTooLarge(headers)) return next();
    return refuse(url)({
      status: 431,
      code: "HEADERS_TOO_LARGE",
      detail: `A request may have at most ${cookieLimit} cookies and ${headerLimitBytes} bytes of headers. In a browser, delete this site's cookies.`,
    });
  };
}

export function areHeadersTooLarge(headers: Headers): boolean {
  let bytes = 0;
  for (const [name, value] of headers) bytes += name.length + value.length;
  if (bytes > headerLimitBytes) return true;
  const cookies = headers.get("cookie") ?? "";
  // Counting separators avoids allocating a list of cookies on every session check.
  let count = 1;
  for (let at = cookies.indexOf(";"); at !== -1; at = cookies.indexOf(";", at + 1)) count += 1;
  return count > cookieLimit;
}
