/** The refusal of a request that came too often. */
import { APIError } from "better-auth/api";

/** @param what completes "Too many ...". */
export const tooMany = (code: string, what: string, waitSeconds: number) =>
  new APIError(
    "TOO_MANY_REQUESTS",
    { code, message: `Too many ${what}. Try again in ${waitSeconds} seconds.` },
    { "Retry-After": String(waitSeconds) },
  );
