/** Better Auth's `/sign-in/email`, with the rules of unconfirmed addresses and of the code beside the password. */
import { APIError, isAPIError } from "better-auth/api";
import { BASE_ERROR_CODES } from "@better-auth/core/error";
import * as z from "zod";
import type { Database } from "../../db/database.ts";
import { confirmAddress, readProof, withoutVerificationMail } from "../email-address/proof.ts";
import { verifiedPassword } from "../passwords/verified-password.ts";
import { replacement, type Endpoint, type EndpointChange } from "./override.ts";
import { assertUpstream } from "./upstream-changed.ts";

const bodySchema = z.object({ email: z.string() });

/**
 * Better Auth refuses an unconfirmed address only once the password was right. In a browser that holds the proof of that
 * address, the address is confirmed then, and the sign-in repeated.
 */
export const confirmAddressBySignIn = (database: Database): EndpointChange => ({
  change: "confirmAddressBySignIn",
  intercept: async (input) => {
    if ((await readOwnProof(input)) === undefined) return undefined;
    return watchUnconfirmedOwner();
  },
  around: async (input, proceed, fired) => {
    const proof = await readOwnProof(input);
    if (proof === undefined) return proceed();
    try {
      withoutVerificationMail.set(true);
      return await proceed().finally(withoutVerificationMail.clear);
    } catch (error) {
      if (!isUnconfirmed(error)) throw error;
      fired();
      await confirmAddress(database, proof, input.headers);
      return proceed();
    }
  },
});

/** The answer is that of a wrong password, and it is counted like one. */
export const hideUnconfirmedAddress: EndpointChange = {
  change: "hideUnconfirmedAddress",
  intercept: watchUnconfirmedOwner,
  around: async (_input, proceed, fired) => {
    try {
      return await proceed();
    } catch (error) {
      if (!isUnconfirmed(error)) throw error;
      fired();
      throw APIError.from("UNAUTHORIZED", BASE_ERROR_CODES.INVALID_EMAIL_OR_PASSWORD);
    }
  },
};

/** The route takes a code as well, which `throttle/` reads and Better Auth does not. */
export function takeCodeAtSignIn<Given extends Endpoint & { options: { body: z.ZodObject } }>(
  endpoint: Given,
): Given {
  const { options } = endpoint;
  assertUpstream(
    "takeCodeAtSignIn",
    !("code" in options.body.shape),
    "the body has a code already",
  );
  const code = z.string().optional().meta({
    description:
      "A code of the account's second factor. Needed where strangers have used up the tries of the account: whoever sends a right one has tries of their own. The challenge that follows asks for a code all the same.",
  });
  const body = options.body.extend({ code });
  return replacement(
    "takeCodeAtSignIn",
    Object.assign(endpoint, { options: { ...options, body } }),
  );
}

async function readOwnProof(input: Parameters<typeof readProof>[0]) {
  const proof = await readProof(input);
  const body = bodySchema.safeParse(input.body);
  return proof !== undefined && proof.email === body.data?.email.toLowerCase() ? proof : undefined;
}

/** The right password of an account whose address is not confirmed: one of the changes must have seen its refusal. */
function watchUnconfirmedOwner() {
  let isUnconfirmedUser = false;
  return {
    findOne: async ({ model }: { model: string }, next: () => Promise<unknown>) => {
      const found = await next();
      if (model === "user") {
        isUnconfirmedUser = (found as { emailVerified?: unknown } | null)?.emailVerified === false;
      }
      return found;
    },
    mustFire: () => isUnconfirmedUser && verifiedPassword.get() !== undefined,
  };
}

const isUnconfirmed = (error: unknown): boolean =>
  isAPIError(error) && error.body?.code === BASE_ERROR_CODES.EMAIL_NOT_VERIFIED.code;
