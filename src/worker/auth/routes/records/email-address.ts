/** Routes that confirm or change the address of an account. */
import { text, type Outcome } from "../../audit/rule.ts";
import { addressChangeLinks } from "../../better-auth/literals.ts";
import type { RouteRecords } from "../record.ts";

/** The event for following a mailed link; the link's claims tell its kind. */
const linkEvent = ({ claims }: Outcome) => {
  if (claims["updateTo"] === undefined) return "email.link_followed";
  return claims["requestType"] === addressChangeLinks.confirmation
    ? "email.change_confirmed"
    : "email.changed";
};

export const emailAddressRoutes = {
  "POST /send-verification-email": { who: "anyone", mail: "ours", apps: "allowed" },
  "GET /verify-email": {
    who: "anyone",
    apps: "allowed",
    address: "link",
    ends: { what: "credentials", whose: "moved" },
    audit: {
      success: linkEvent,
      actor: "link",
      detail: ({ claims }) => ({
        email: text(claims["email"]),
        newEmail: text(claims["updateTo"]),
      }),
    },
  },
  "POST /change-email": {
    who: "user",
    address: "change",
    proof: { ask: "recent", within: "ten-minutes" },
    mail: "ours",
    audit: {
      success: "email.change_requested",
      detail: ({ body }) => ({ newEmail: text(body["newEmail"])?.toLowerCase() }),
    },
    needsConfirmedAddress: true,
  },
} as const satisfies RouteRecords;
