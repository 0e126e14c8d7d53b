/**
 * Tokens for the platform's other Workers: one request for all components, kept in this page's memory until shortly before
 * it expires, and never used after the session has ended, or its user, tenant or role has become another.
 */
import { isLocalHost } from "../platform.ts";
import type { NnoSession } from "./session.ts";
import type { Fetch } from "./session-request.ts";
import type { SessionStore } from "./session-store.ts";

/** What the token says, read and not verified: that is for the Worker that gets it. */
export interface NnoAccessTokenClaims {
  /** The auth Worker. */
  readonly iss: string;
  /** The platform, or the service that was asked for. */
  readonly aud: string;
  readonly sub: string;
  readonly iat: number;
  readonly exp: number;
  readonly [claim: string]: unknown;
}

export interface NnoAccessToken {
  /** A secret: it goes into an `Authorization` header and nowhere else. */
  readonly token: string;
  readonly claims: NnoAccessTokenClaims;
  readonly expiresAt: Date;
}

/** No token was given; `code` is the server's, or `UNAUTHORIZED`, or `UNREACHABLE`. */
export class NnoAccessTokenError extends Error {
  override readonly name = "NnoAccessTokenError";
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

interface Kept {
  answer: Promise<NnoAccessToken>;
  /** By this machine's clock, which may be wrong: counted from when the token came, not read from it. */
  freshUntil: number;
}

/** Longer than a request to another Worker is under way. */
const marginSeconds = 60;

export class TokenSource {
  readonly #store: SessionStore;
  readonly #request: (audience: string | undefined) => Promise<string>;
  readonly #fetch: Fetch;
  // The store makes a new object of a session that has changed in any way; its tokens go with the old one.
  readonly #kept = new WeakMap<NnoSession, Map<string | undefined, Kept>>();

  /** @param request asks the auth Worker; rejects with `NnoAccessTokenError`. */
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
    // Not known who is there: what is answered may be used once, and belongs to nobody.
    if (session === null) return this.#ask(audience);
    const token = await this.#keptOf(session, audience).answer;
    return this.#store.getState().session === session ? token : this.get(audience);
  }

  /**
   * @throws {TypeError} for an address without TLS that is not this machine's (RFC 6750 section 5.3).
   * @throws {NnoAccessTokenError} before anything is sent.
   */
  async fetch(
    audience: string | undefined,
    input: string | URL,
    init?: RequestInit,
  ): Promise<Response> {
    const url = new URL(input, globalThis.location?.href);
    if (url.protocol !== "https:" && !isLocalHost(url.hostname)) {
      throw new TypeError(`A token goes over https alone, not to ${url.origin}.`);
    }
    const { token } = await this.get(audience);
    const headers = new Headers(init?.headers);
    headers.set("Authorization", `Bearer ${token}`);
    const answer = await this.#fetch(url.href, { ...init, headers });
    const { session } = this.#store.getState();
    // Refused, whatever this machine's clock says: the next call asks for another.
    if (answer.status === 401 && session !== null) this.#kept.get(session)?.delete(audience);
    return answer;
  }

  #keptOf(session: NnoSession, audience: string | undefined): Kept {
    const tokens = this.#kept.get(session) ?? new Map<string | undefined, Kept>();
    this.#kept.set(session, tokens);
    const present = tokens.get(audience);
    if (present !== undefined && Date.now() < present.freshUntil) return present;
    const kept: Kept = { answer: this.#ask(audience), freshUntil: Number.POSITIVE_INFINITY };
    tokens.set(audience, kept);
    void this.#follow(kept, tokens, audience);
    return kept;
  }

  /** Until when it is good; a failure is not kept. Never rejects. */
  async #follow(
    kept: Kept,
    tokens: Map<string | undefined, Kept>,
    audience: string | undefined,
  ): Promise<void> {
    try {
      const { claims } = await kept.answer;
      const lastsSeconds = claims.exp - claims.iat;
      const freshSeconds = Math.max(lastsSeconds - marginSeconds, lastsSeconds / 2);
      kept.freshUntil = Date.now() + freshSeconds * 1000;
    } catch {
      if (tokens.get(audience) === kept) tokens.delete(audience);
    }
  }

  async #ask(audience: string | undefined): Promise<NnoAccessToken> {
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
    // Said below.
  }
  throw new NnoAccessTokenError("UNEXPECTED_ANSWER", "What came is no token of the auth Worker.");
}
