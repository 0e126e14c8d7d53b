/** Routes of an account's address: confirming it, and moving to another. */
import { text, type Outcome } from "../audit/rule.ts";
import type { RouteRecords } from "./record.ts";

/** The kinds of mailed links, by their claims. */
const linkEvent = ({ claims }: Outcome) => {
  if (claims["updateTo"] === undefined) return "email.link_followed";
  return claims["requestType"] === "change-email-confirmation"
    ? "email.change_confirmed"
    : "email.changed";
};

export const emailAddressRoutes = {
  "POST /send-verification-email": { who: "anyone", mail: "ours" },
  "GET /verify-email": {
    who: "anyone",
    address: "link",
    ends: { what: "credentials", whose: "moved" },
    notice: { mail: "emailChanged", to: "left-address" },
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
