import { useMemo } from "react";
import { tokenSourceOf } from "./client.ts";
import { useNnoAuthClient } from "./provider.tsx";
import type { NnoAccessToken } from "./token-source.ts";

export interface NnoTokens {
  /**
   * Returns a token for the other Workers of the platform. It is fetched once, and again shortly before it expires.
   *
   * @throws {NnoAccessTokenError} `UNAUTHORIZED` if nobody is signed in.
   */
  readonly getToken: () => Promise<NnoAccessToken>;
  /**
   * Like `fetch`, with the token as `Authorization: Bearer`. Use it only for Workers of the platform: anyone who receives
   * the token can use it.
   *
   * @throws {TypeError} for an address without TLS, unless it is on this machine.
   * @throws {NnoAccessTokenError} if there is no token. Nothing has been sent then.
   */
  readonly fetch: (input: string | URL, init?: RequestInit) => Promise<Response>;
}

/**
 * Returns functions that get a token of the session for the platform's other Workers, which check it with
 * `requireSession` of `@neutrino-io/sdk/server`. Nothing is requested before one of them is called.
 *
 * ```tsx
 * const { fetch } = useNnoToken();
 * const answer = await fetch("https://billing.svc.default.k3m9p2xw7q.nno.app/invoices");
 * ```
 *
 * @param options.audience the only service that accepts the tokens, one of `createAuthApp({ tokenAudiences })`.
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
