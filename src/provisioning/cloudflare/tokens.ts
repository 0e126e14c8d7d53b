/** The API token itself. */
import { z } from "zod";
import type { Call } from "./transport.ts";

export function tokenCalls(call: Call) {
  return {
    /** What Cloudflare says of the token: `active`, `disabled` or `expired`. */
    async readTokenStatus(): Promise<string> {
      const { result } = await call({
        method: "GET",
        path: "/user/tokens/verify",
        repeatable: true,
      });
      return z.object({ status: z.string() }).parse(result).status;
    },
  };
}
