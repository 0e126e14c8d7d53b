/** Routes for the tokens of the platform's other Workers, and routes that reveal nothing about anybody. */
import { paths } from "../paths.ts";
import type { RouteRecords } from "../record.ts";

const jwksSeconds = 5 * 60;
const open = { who: "anyone", impersonator: "allowed", apps: "allowed" } as const;

export const tokenRoutes = {
  // A token names the impersonator, and expires no later than the impersonation.
  "GET /token": {
    who: "user",
    impersonator: "allowed",
    adminTwoFactor: "demanded",
    apps: "allowed",
    unbound: "allowed",
  },
  // Keys are public and change rarely. A verifier that meets an unknown key id fetches them again.
  "GET /jwks": { ...open, publicSeconds: jwksSeconds },
  "GET /ok": open,
  "GET /error": open,
  [`GET ${paths.openapi}`]: open,
} as const satisfies RouteRecords;
