/** What a request's headers may weigh: more is no browser's, and every route would parse it. */
import type { MiddlewareHandler } from "hono";
import type { problem } from "./problem.ts";

/** Browsers keep at most 180 cookies for all hosts of a registrable domain; neighbours may have set most of them. */
const cookieLimit = 200;
const headerLimitBytes = 32 * 1024;

/** @param refuse the error in the shape that the caller of a URL reads. */
export function checkHeaders(refuse: (url: string) => typeof problem): MiddlewareHandler {
  return async (context, next) => {
    const { headers, url } = context.req.raw;
    if (!areHeadersTooLarge(headers)) return next();
    return refuse(url)({
      status: 431,
      code: "HEADERS_TOO_LARGE",
      detail: `A request has at most ${cookieLimit} cookies and ${headerLimitBytes} bytes of headers. In a browser, delete the cookies of this site.`,
    });
  };
}

export function areHeadersTooLarge(headers: Headers): boolean {
  let bytes = 0;
  for (const [name, value] of headers) bytes += name.length + value.length;
  if (bytes > headerLimitBytes) return true;
  const cookies = headers.get("cookie") ?? "";
  // Counted where they are: a list of them would be made for every session check.
  let count = 1;
  for (let at = cookies.indexOf(";"); at !== -1; at = cookies.indexOf(";", at + 1)) count += 1;
  return count > cookieLimit;
}
