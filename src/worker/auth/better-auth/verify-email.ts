/** Better Auth's `/verify-email`, with the rules of confirmed and of changed addresses (`auth/email-address/`). */
import { decodeJwt } from "jose";
import * as z from "zod";
import type { Database } from "../../db/database.ts";
import {
  isAddressChangeOpen,
  moveAddress,
  readAddressChange,
  refuseLink,
} from "../email-address/change-links.ts";
import { mailReader } from "../email-address/proof.ts";
import { addressChangeLinks } from "./literals.ts";
import type { EndpointChange } from "./override.ts";
import { upstreamChanged } from "./upstream-changed.ts";

/** The link is confirmed by nobody; who followed it is noted, and the hook behind the route leaves the proof. */
export const confirmAddressByProof: EndpointChange = {
  change: "confirmAddressByProof",
  intercept: ({ query, context }, fired) => {
    const { email, updateTo } = readClaims(query);
    let readUnconfirmed = false;
    return {
      findOne: async (query, next) => {
        const found = await next();
        if (query.model === "user" && isUnconfirmed(found)) readUnconfirmed = true;
        return found;
      },
      // Whatever the row is found by: no write of this endpoint confirms an address.
      write: async ({ model, set }, next) => {
        if (model !== "user" || !set["emailVerified"]) return next();
        if (email === undefined || updateTo !== undefined) {
          throw upstreamChanged("confirmAddressByProof", "another link confirms an address");
        }
        fired();
        const found = await context.internalAdapter.findUserByEmail(email);
        if (found !== null) mailReader.set({ id: found.user.id, email: found.user.email });
        return found?.user ?? null;
      },
      mustFire: ({ succeeded }) => succeeded && updateTo === undefined && readUnconfirmed,
    };
  },
};

/** By the time that Better Auth reads the user, it has verified the link; a change that was ended is refused there. */
export const refuseEndedAddressChange = (database: Database): EndpointChange => ({
  change: "refuseEndedAddressChange",
  intercept: (input, fired) => {
    const change = readAddressChange(input.query);
    if (change === undefined) return undefined;
    return {
      findOne: async ({ model }, next) => {
        if (model !== "user") return next();
        fired();
        if (!(await isAddressChangeOpen(database, change))) throw refuseLink(input.query);
        return next();
      },
      mustFire: ({ succeeded }) => succeeded,
    };
  },
});

/** The move and the end of its row are one transaction: of two requests at once, the second finds no row. */
export const moveAddressOnce = (database: Database): EndpointChange => ({
  change: "moveAddressOnce",
  intercept: ({ query }, fired) => {
    const change = readAddressChange(query);
    if (change === undefined) return undefined;
    return {
      write: async ({ model, set }, next) => {
        if (model !== "user") return next();
        if (set["email"] !== change.updateTo) {
          throw upstreamChanged("moveAddressOnce", "the link writes something else than the move");
        }
        fired();
        const moved = await moveAddress(database, change, set);
        if (moved === undefined) throw refuseLink(query);
        return moved;
      },
      mustFire: ({ succeeded }) =>
        succeeded && change.requestType !== addressChangeLinks.confirmation,
    };
  },
});

const claimsSchema = z.object({ email: z.string(), updateTo: z.string().optional() }).partial();

/** The claims of the link, which Better Auth verifies; none for a link that it will refuse. */
function readClaims(query: unknown): z.infer<typeof claimsSchema> {
  try {
    const { token } = z.object({ token: z.string() }).parse(query);
    return claimsSchema.parse(decodeJwt(token));
  } catch {
    return {};
  }
}

function isUnconfirmed(row: unknown): boolean {
  return typeof row === "object" && row !== null && "emailVerified" in row && !row.emailVerified;
}
