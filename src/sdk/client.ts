/**
 * Better Auth's client with this platform's plugins and roles, and the session store that hears of what it changes.
 */
import { createAuthClient, type BetterAuthClientOptions } from "better-auth/client";
import {
  adminClient,
  jwtClient,
  organizationClient,
  twoFactorClient,
} from "better-auth/client/plugins";
import type { AccessControl } from "better-auth/plugins/access";
import { platformAccess, platformRoles, tenantAccess, tenantRoles } from "../worker/auth/roles.ts";
import { readConfiguration, viteEnvironment, type NnoAuthOptions } from "./configuration.ts";
import { openSessionMemory } from "./session-memory.ts";
import type { Fetch } from "./session-request.ts";
import { SessionStore } from "./session-store.ts";
import { NnoAccessTokenError, TokenSource } from "./token-source.ts";

// Named, not `typeof platformAccess`: what a declaration file makes of that, Better Auth's types no longer accept.
type PlatformAccess = AccessControl<typeof platformAccess.statements>;
type TenantAccess = AccessControl<typeof tenantAccess.statements>;

interface PlatformOptions {
  ac: PlatformAccess;
  roles: typeof platformRoles;
}

interface TenantOptions {
  ac: TenantAccess;
  roles: typeof tenantRoles;
  dynamicAccessControl: { enabled: true };
}

interface ClientOptions extends BetterAuthClientOptions {
  plugins: [
    ReturnType<typeof adminClient<PlatformOptions>>,
    ReturnType<typeof organizationClient<TenantOptions>>,
    ReturnType<typeof twoFactorClient>,
    ReturnType<typeof jwtClient>,
  ];
}

/** Better Auth's client, typed with the plugins, roles and permissions of a platform. */
export type NnoAuthClient = ReturnType<typeof createAuthClient<ClientOptions>>;

export interface NnoAuthClientOptions extends NnoAuthOptions {
  /** In place of the global `fetch`. */
  fetch?: Fetch | undefined;
}

/** Hashing a password takes the server a moment; a form that still waits then has a server that is down. */
const answerSeconds = 20;

interface Parts {
  store: SessionStore;
  tokens: TokenSource;
}

const parts = new WeakMap<NnoAuthClient, Parts>();

/**
 * The client of the platform's auth Worker. Calls that sign in or out, answer a challenge, or change the user or the
 * tenant resolve after `useNnoSession` knows of it, so that a page which redirects next finds the new session. A call
 * rejects when no answer comes in 20 seconds.
 *
 * ```ts
 * const client = createNnoAuthClient({ authUrl: "https://auth.svc.default.k3m9p2xw7q.nno.app" });
 * const { data, error } = await client.signIn.email({ email, password });
 * ```
 *
 * @throws {NnoConfigurationError} when the address is missing or wrong; the message says what to set.
 */
export function createNnoAuthClient(options: NnoAuthClientOptions = {}): NnoAuthClient {
  const pageOrigin = typeof location === "undefined" ? undefined : location.origin;
  const { baseUrl, warnings } = readConfiguration(options, viteEnvironment(), pageOrigin);
  for (const warning of warnings) console.warn(`@neutrino-io/sdk: ${warning}`);
  const request: Fetch = options.fetch ?? ((input, init) => globalThis.fetch(input, init));
  const store = new SessionStore({ baseUrl, fetch: request }, openSessionMemory(baseUrl));
  const platformPlugin = adminClient<PlatformOptions>({ ac: platformAccess, roles: platformRoles });
  const tenantPlugin = organizationClient<TenantOptions>({
    ac: tenantAccess,
    roles: tenantRoles,
    dynamicAccessControl: { enabled: true },
  });
  const client = createAuthClient<ClientOptions>({
    baseURL: baseUrl,
    plugins: [platformPlugin, tenantPlugin, twoFactorClient(), jwtClient()],
    fetchOptions: {
      credentials: "include",
      customFetchImpl: request as typeof fetch,
      timeout: answerSeconds * 1000,
      plugins: [
        {
          id: "nno-session",
          name: "nno-session",
          hooks: {
            onSuccess: async ({ data, request: { url, method } }) => {
              const path = new URL(url).pathname.slice(new URL(baseUrl).pathname.length);
              const leaves = (data as { redirect?: unknown } | null)?.redirect === true;
              if (leaves && toProvider.test(path)) return;
              if (path === "/sign-out") await store.changed("signed-out");
              else if (replacesSession.test(path)) await store.changed("replaced");
              else if (changesSession(path, method)) await store.changed("changed");
            },
            onError: async ({ response, error }) => {
              if (response.status === 401) store.refused();
              if (error["code"] === impersonatorSignedOut) await store.changed("replaced");
            },
          },
        },
      ],
    },
  });
  const requestToken = async (audience: string | undefined): Promise<string> => {
    const query = audience === undefined ? {} : { audience };
    const answer = await client
      .$fetch<{ token: string }, { code?: string; message?: string }>("/token", { query })
      .catch((cause: unknown) => {
        throw new NnoAccessTokenError("UNREACHABLE", `${baseUrl} cannot be reached.`, { cause });
      });
    if (answer.error === null) return answer.data.token;
    const { code = `HTTP_${answer.error.status}`, message = "No token was given." } = answer.error;
    throw new NnoAccessTokenError(code, message);
  };
  parts.set(client, { store, tokens: new TokenSource(store, requestToken, request) });
  return client;
}

/** @throws {TypeError} when `client` was made by something else. */
export function sessionStoreOf(client: NnoAuthClient): SessionStore {
  return partsOf(client).store;
}

/** @throws {TypeError} when `client` was made by something else. */
export function tokenSourceOf(client: NnoAuthClient): TokenSource {
  return partsOf(client).tokens;
}

function partsOf(client: NnoAuthClient): Parts {
  const known = parts.get(client);
  if (known !== undefined) return known;
  throw new TypeError("The client was not made by createNnoAuthClient() of this @neutrino-io/sdk.");
}

/** On the way to a social provider the page is about to be left, and nothing has changed yet. */
const toProvider = /^\/(sign-in\/(social|oauth2)|link-social|oauth2\/link)$/;

/** After these somebody else may be signed in, or nobody. */
const replacesSession =
  /^\/(sign-in|sign-up|verify-email|delete-user)(\/|$)|^\/admin\/(impersonate-user|stop-impersonating)$/;

/** The answer to an admin who stops acting as somebody, and whose own session has ended meanwhile: nobody is left. */
const impersonatorSignedOut = "IMPERSONATOR_SIGNED_OUT";

/** Questions that are asked by POST. */
const questions = /\/has-permission$|^\/organization\/check-slug$|^\/two-factor\/get-totp-uri$/;

/** Whether a call may have changed the session, its user, or a tenant. One too many costs a request. */
function changesSession(path: string, method: string): boolean {
  return method !== "GET" && !questions.test(path);
}
