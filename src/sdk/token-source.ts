/**
 * Access tokens for the platform's other Workers. One request serves all components. A token stays in the memory of this
 * page until shortly before it expires, and is dropped when the session ends or its user, tenant or role changes.
 */
import { isLocalHost } from "../platform.ts";
import type { NnoSession } from "./session.ts";
import type { Fetch } from "./session-request.ts";
import type { SessionStore } from "./session-store.ts";

/** The claims of a token. They are not verified here: the Worker that receives the token does that. */
export interface NnoAccessTokenClaims {
  /** The auth Worker. */
  readonly iss: string;
  /** The platform, or the service that the token was requested for. */
  readonly aud: string;
  readonly sub: string;
  readonly iat: number;
  readonly exp: number;
  readonly [claim: string]: unknown;
}

export interface NnoAccessToken {
  /** A secret. Send it in an `Authorization` header and nowhere else. */
  readonly token: string;
  readonly claims: NnoAccessTokenClaims;
  readonly expiresAt: Date;
}

/** There is no token. `code` is that of the server, `UNAUTHORIZED`, `UNREACHABLE` or `UNEXPECTED_ANSWER`. */
export class NnoAccessTokenError extends Error {
  override readonly name = "NnoAccessTokenError";
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

interface CachedToken {
  answer: Promise<NnoAccessToken>;
  /** Milliseconds on this machine's clock. It may be wrong, so this counts from the arrival of the token. */
  freshUntil: number;
}

/** Longer than a request to another Worker takes. */
const marginSeconds = 60;

export class TokenSource {
  readonly #store: SessionStore;
  readonly #request: (audience: string | undefined) => Promise<string>;
  readonly #fetch: Fetch;
  // The store creates a new object when the session changes in any way, so the tokens of the old one are dropped.
  readonly #cache = new WeakMap<NnoSession, Map<string | undefined, CachedToken>>();

  /** @param request fetches a token from the auth Worker, and rejects with `NnoAccessTokenError`. */
  constructor(
    store: SessionStore,
    request: (audience: string | undefined) => Promise<string>,
    fetch: Fetch,
  ) {
    this.#store = store;
    this.#request = request;
    this.#fetch = fetch;
  }

  /** @throws {NnoAccessTokenError} */
  async get(audience: string | undefined): Promise<NnoAccessToken> {
    await this.#store.settled();
    const { session, status } = this.#store.getState();
    if (status === "signed-out") throw new NnoAccessTokenError("UNAUTHORIZED", "Sign in first.");
    // The session is unknown, so the token cannot be kept for it.
    if (session === null) return this.#fetchToken(audience);
    const token = await this.#cachedFor(session, audience).answer;
    return this.#store.getState().session === session ? token : this.get(audience);
  }

  /**
   * @throws {TypeError} for an address without TLS, unless it is on this machine (RFC 6750 section 5.3).
   * @throws {NnoAccessTokenError} if there is no token. Nothing has been sent then.
   */
  async fetch(
    audience: string | undefined,
    input: string | URL,
    init?: RequestInit,
  ): Promise<Response> {
    const url = new URL(input, globalThis.location?.href);
    if (url.protocol !== "https:" && !isLocalHost(url.hostname)) {
      throw new TypeError(`A token is sent over https only, not to ${url.origin}.`);
    }
    const { token } = await this.get(audience);
    const headers = new Headers(init?.headers);
    headers.set("Authorization", `Bearer ${token}`);
    const answer = await this.#fetch(url.href, { ...init, headers });
    const { session } = this.#store.getState();
    // The token is not valid any longer, whatever this machine's clock says. The next call fetches a new one.
    if (answer.status === 401 && session !== null) this.#cache.get(session)?.delete(audience);
    return answer;
  }

  #cachedFor(session: NnoSession, audience: string | undefined): CachedToken {
    const tokens = this.#cache.get(session) ?? new Map<string | undefined, CachedToken>();
    this.#cache.set(session, tokens);
    const present = tokens.get(audience);
    if (present !== undefined && Date.now() < present.freshUntil) return present;
    const cached: CachedToken = {
      answer: this.#fetchToken(audience),
      freshUntil: Number.POSITIVE_INFINITY,
    };
    tokens.set(audience, cached);
    void this.#followExpiry(cached, tokens, audience);
    return cached;
  }

  /** Sets how long the token is used, and drops it if the request failed. Never rejects. */
  async #followExpiry(
    cached: CachedToken,
    tokens: Map<string | undefined, CachedToken>,
    audience: string | undefined,
  ): Promise<void> {
    try {
      const { claims } = await cached.answer;
      const lastsSeconds = claims.exp - claims.iat;
      const freshSeconds = Math.max(lastsSeconds - marginSeconds, lastsSeconds / 2);
      cached.freshUntil = Date.now() + freshSeconds * 1000;
    } catch {
      if (tokens.get(audience) === cached) tokens.delete(audience);
    }
  }

  async #fetchToken(audience: string | undefined): Promise<NnoAccessToken> {
    const token = await this.#request(audience);
    const claims = readClaims(token);
    return Object.freeze({ token, claims, expiresAt: new Date(claims.exp * 1000) });
  }
}

function readClaims(token: string): NnoAccessTokenClaims {
  try {
    const [, payload = ""] = token.split(".");
    const binary = atob(payload.replaceAll("-", "+").replaceAll("_", "/"));
    const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0));
    const claims = JSON.parse(new TextDecoder().decode(bytes)) as NnoAccessTokenClaims;
    if (Number.isFinite(claims.exp) && Number.isFinite(claims.iat)) return Object.freeze(claims);
  } catch {
    // The error is thrown below.
  }
  throw new NnoAccessTokenError(
    "UNEXPECTED_ANSWER",
    "The answer is not a token of the auth Worker.",
  );
}
