/** Better Auth's `/callback/:id`, the return from a provider, with the rules of addresses and of providers. */
import type { Database } from "../../db/database.ts";
import { confirmAddress, readProof } from "../email-address/proof.ts";
import type { ChangeName } from "./changes.ts";
import type { FindMany, FindOne } from "./intercept.ts";
import { callbackErrors } from "./literals.ts";
import type { EndpointChange, EndpointContext } from "./override.ts";
import { unprovenAddress } from "./providers.ts";

/**
 * The provider does not vouch for the address, but the account there is connected to the one whose mail this browser has
 * read: its owner has shown both.
 */
export const confirmAddressAtProvider = (database: Database): EndpointChange => ({
  change: "confirmAddressAtProvider",
  intercept: async (input, fired) => {
    const proof = await readProof(input);
    if (proof === undefined) return undefined;
    const readAccount = async ({ model }: FindOne | FindMany, next: () => Promise<unknown>) => {
      const found = await next();
      if (model !== "account") return found;
      fired();
      if (!rowsOf(found).some(({ userId }) => userId === proof.id)) return found;
      await confirmAddress(database, proof, input.headers);
      return next();
    };
    return {
      findOne: readAccount,
      findMany: readAccount,
      // It got as far as finding out who this is.
      mustFire: ({ code }) => hasSignedIn(input) || code === callbackErrors.emailNotVerified,
    };
  },
});

/**
 * The hook of `social/oauth.ts` answers `account_not_linked` like an address without an account. It knows the refusal by
 * its code, so an address with an account and no connection must have been refused with that one.
 */
export const hideAccountOfUnprovenAddress: EndpointChange = {
  change: "hideAccountOfUnprovenAddress",
  intercept: () => {
    let isConnected = false;
    let hasAccount = false;
    const read = async ({ model }: FindOne | FindMany, next: () => Promise<unknown>) => {
      const found = await next();
      if (rowsOf(found).length > 0) {
        if (model === "account") isConnected = true;
        if (model === "user") hasAccount = true;
      }
      return found;
    };
    return {
      findOne: read,
      findMany: read,
      mustFire: ({ code }) =>
        unprovenAddress.get() !== undefined &&
        hasAccount &&
        !isConnected &&
        code !== callbackErrors.accountNotLinked,
    };
  },
};

/**
 * The wrappers of `providers.ts`, which every sign-in and every new connection must have passed.
 *
 * @param providerIds of the providers that are wrapped: an owner's plugin may bring others.
 */
export const passProviders = (providerIds: readonly string[]): EndpointChange[] => [
  passProvider("finishProviderSignInOnce", providerIds),
  passProvider("requireProvenProviderAddress", providerIds),
  // An owner's own OpenID Connect provider verifies its ID tokens itself.
  passProvider("verifyProviderIdToken", providerIds, ({ context, params }) =>
    context.socialProviders.some(
      ({ id, idToken }) => id === params?.["id"] && idToken !== undefined,
    ),
  ),
];

const passProvider = (
  change: ChangeName,
  providerIds: readonly string[],
  appliesTo: (input: EndpointContext) => boolean = () => true,
): EndpointChange => ({
  change,
  intercept: (input) => {
    if (!providerIds.includes(String(input.params?.["id"]))) return undefined;
    let connects = false;
    const watchAccount = async ({ model }: { model: string }, next: () => Promise<unknown>) => {
      if (model === "account") connects = true;
      return next();
    };
    return {
      create: watchAccount,
      write: watchAccount,
      mustFire: () => (connects || hasSignedIn(input)) && appliesTo(input),
    };
  },
});

const hasSignedIn = ({ context }: EndpointContext) => context.newSession != null;

function rowsOf(found: unknown): Record<string, unknown>[] {
  return [found].flat().filter((row) => typeof row === "object" && row !== null) as never;
}
