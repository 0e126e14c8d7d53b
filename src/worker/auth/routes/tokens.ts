/** Routes of tokens for the platform's other Workers, and those that say nothing about anybody. */
import { paths } from "./paths.ts";
import type { RouteRecords } from "./record.ts";

const jwksSeconds = 5 * 60;

export const tokenRoutes = {
  // A token names the impersonator, and ends with the impersonation.
  "GET /token": { who: "user", impersonator: "allowed", adminTwoFactor: "demanded" },
  // Keys are public and change rarely; a verifier that meets an unknown key id asks again.
  "GET /jwks": { who: "anyone", impersonator: "allowed", publicSeconds: jwksSeconds },
  "GET /ok": { who: "anyone", impersonator: "allowed" },
  "GET /error": { who: "anyone", impersonator: "allowed" },
  [`GET ${paths.openapi}`]: { who: "anyone", impersonator: "allowed" },
} as const satisfies RouteRecords;
