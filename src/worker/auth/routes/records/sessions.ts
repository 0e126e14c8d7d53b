/** Routes that read the session, sign out, and end sessions. */
import { paths } from "../paths.ts";
import type { RouteRecords } from "../record.ts";

/** Servers of apps read the session of the visitor whose cookie they were sent. */
const read = {
  who: "anyone",
  impersonator: "allowed",
  uncounted: true,
  apps: "allowed",
  unbound: "allowed",
} as const;

export const sessionRoutes = {
  [`GET ${paths.session}`]: read,
  "GET /get-session": read,
  "POST /get-session": { who: "anyone", impersonator: "allowed", uncounted: true, apps: "allowed" },
  "POST /sign-out": {
    who: "anyone",
    signsOut: true,
    apps: "allowed",
    audit: { success: "session.ended", actor: "ended-session" },
    impersonator: "allowed",
  },
  "GET /list-sessions": { who: "user", impersonator: "allowed", apps: "allowed" },
  "POST /revoke-session": {
    who: "user",
    sessionField: "token",
    apps: "allowed",
    audit: { success: "session.revoked" },
  },
  "POST /revoke-sessions": {
    who: "user",
    ends: { what: "devices", whose: "own" },
    apps: "allowed",
    audit: { success: "session.revoked" },
  },
  "POST /revoke-other-sessions": {
    who: "user",
    ends: { what: "devices", whose: "own", exceptThisDevice: true },
    apps: "allowed",
    audit: { success: "session.revoked" },
  },
  // Carries the token of a mailed link, and writes its own event.
  [`POST ${paths.endSessions}`]: { who: "anyone", ownPage: true },
  "POST /update-session": { who: "user", apps: "allowed", input: { changesData: true } },
} as const satisfies RouteRecords;
