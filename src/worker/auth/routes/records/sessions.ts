/** Routes that read the session, sign out, and end sessions. */
import { paths } from "../paths.ts";
import type { RouteRecords } from "../record.ts";

export const sessionRoutes = {
  [`GET ${paths.session}`]: { who: "anyone", impersonator: "allowed", uncounted: true },
  "GET /get-session": { who: "anyone", impersonator: "allowed", uncounted: true },
  "POST /get-session": { who: "anyone", impersonator: "allowed", uncounted: true },
  "POST /sign-out": {
    who: "anyone",
    signsOut: true,
    audit: { success: "session.ended", actor: "ended-session" },
    impersonator: "allowed",
  },
  "GET /list-sessions": { who: "user", impersonator: "allowed" },
  "POST /revoke-session": {
    who: "user",
    sessionField: "token",
    audit: { success: "session.revoked" },
  },
  "POST /revoke-sessions": {
    who: "user",
    ends: { what: "devices", whose: "own" },
    audit: { success: "session.revoked" },
  },
  "POST /revoke-other-sessions": {
    who: "user",
    ends: { what: "devices", whose: "own", exceptThisDevice: true },
    audit: { success: "session.revoked" },
  },
  // Carries the token of a mailed link, and writes its own event.
  [`POST ${paths.endSessions}`]: { who: "anyone" },
  "POST /update-session": { who: "user", input: { changesData: true } },
} as const satisfies RouteRecords;
