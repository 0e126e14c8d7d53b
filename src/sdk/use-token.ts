import { useMemo } from "react";
import { tokenSourceOf } from "./client.ts";
import { useNnoAuthClient } from "./provider.tsx";
import type { NnoAccessToken } from "./token-source.ts";

export interface NnoTokens {
  /**
   * A token to send to another Worker of the platform. The one at hand, or a new one shortly before that expires.
   *
   * @throws {NnoAccessTokenError} `UNAUTHORIZED` when nobody is signed in.
   */
  readonly getToken: () => Promise<NnoAccessToken>;
  /**
   * `fetch` with the token as `Authorization: Bearer`, for the platform's other Workers: who gets a token may use it.
   *
   * @throws {TypeError} for an address without TLS that is not this machine's.
   * @throws {NnoAccessTokenError} when there is no token; nothing was sent then.
   */
  readonly fetch: (input: string | URL, init?: RequestInit) => Promise<Response>;
}

/**
 * The session's tokens for the platform's other Workers (`requireSession` of `@neutrino-io/sdk/server`). Asks for nothing
 * before one of the two is called.
 *
 * ```tsx
 * const { fetch } = useNnoToken();
 * const answer = await fetch("https://billing.svc.default.k3m9p2xw7q.nno.app/invoices");
 * ```
 *
 * @param options.audience a service that tokens are to be for alone, one of `createAuthApp({ tokenAudiences })`.
 */
export function useNnoToken({ audience }: { audience?: string | undefined } = {}): NnoTokens {
  const client = useNnoAuthClient();
  return useMemo(() => {
    const source = tokenSourceOf(client);
    return {
      getToken: async () => source.get(audience),
      fetch: async (input, init) => source.fetch(audience, input, init),
    };
  }, [client, audience]);
}
