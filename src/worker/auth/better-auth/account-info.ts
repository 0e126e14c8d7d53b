/** Better Auth's `/account-info`: what a provider says about an account there, shown to its owner. */
import { APIError, isAPIError } from "better-auth/api";
import { BASE_ERROR_CODES } from "@better-auth/core/error";
import type { EndpointChange } from "./override.ts";
import { readsAccounts } from "./providers.ts";

/** The answer comes from the provider's userinfo endpoint, where `providers.ts` knows one. */
export const readAccountAtProvider: EndpointChange = {
  change: "readAccountAtProvider",
  intercept: ({ context, query }) => {
    const { accountId } = query as { accountId?: string };
    let providerId: string | undefined;
    const readAccount = async ({ model }: { model: string }, next: () => Promise<unknown>) => {
      const found = await next();
      if (model === "account") {
        const rows = [found].flat() as ({ id: string; providerId: string } | null)[];
        providerId = rows.find((row) => row?.id === accountId)?.providerId;
      }
      return found;
    };
    return {
      findOne: readAccount,
      findMany: readAccount,
      mustFire: ({ succeeded }) =>
        succeeded &&
        context.socialProviders.some((one) => one.id === providerId && readsAccounts(one)),
    };
  },
};

export const tellUnavailableAccountInfo: EndpointChange = {
  change: "tellUnavailableAccountInfo",
  intercept: ({ context }) => ({
    // Somebody who is signed in is not told that they are not.
    mustFire: ({ status }) => status === 401 && context.session != null,
  }),
  around: async (_input, proceed, fired) => {
    try {
      return await proceed();
    } catch (error) {
      const code = isAPIError(error) ? error.body?.code : undefined;
      if (code !== BASE_ERROR_CODES.FAILED_TO_GET_USER_INFO.code) throw error;
      fired();
      throw new APIError("BAD_REQUEST", {
        code: "ACCOUNT_INFO_UNAVAILABLE",
        message: "The provider says nothing of this account now. Sign in with it again.",
      });
    }
  },
};
