/** Routes for the tokens of the platform's other Workers, and routes that reveal nothing about anybody. */
import { paths } from "../paths.ts";
import type { RouteRecords } from "../record.ts";

const jwksSeconds = 5 * 60;

export const tokenRoutes = {
  // A token names the impersonator, and expires no later than the impersonation.
  "GET /token": { who: "user", impersonator: "allowed", adminTwoFactor: "demanded" },
  // Keys are public and change rarely. A verifier that meets an unknown key id fetches them again.
  "GET /jwks": { who: "anyone", impersonator: "allowed", publicSeconds: jwksSeconds },
  "GET /ok": { who: "anyone", impersonator: "allowed" },
  "GET /error": { who: "anyone", impersonator: "allowed" },
  [`GET ${paths.openapi}`]: { who: "anyone", impersonator: "allowed" },
} as const satisfies RouteRecords;
