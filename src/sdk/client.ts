/** Better Auth's client with the platform's plugins and roles. It updates the session store when a call changes it. */
import { createAuthClient, type BetterAuthClientOptions } from "better-auth/client";
import {
  adminClient,
  jwtClient,
  organizationClient,
  twoFactorClient,
} from "better-auth/client/plugins";
import type { AccessControl } from "better-auth/plugins/access";
import { platformAccess, platformRoles, tenantAccess, tenantRoles } from "../worker/auth/roles.ts";
import type { ErrorCode } from "../worker/error-codes.ts";
import { readConfiguration, viteEnvironment, type NnoAuthOptions } from "./configuration.ts";
import { openSessionMemory } from "./session-memory.ts";
import type { Fetch } from "./session-request.ts";
import { SessionStore } from "./session-store.ts";
import { NnoAccessTokenError, TokenSource } from "./token-source.ts";

// Named here, because Better Auth's types do not accept what `typeof platformAccess` becomes in a declaration file.
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
  /** Replaces the global `fetch`. */
  fetch?: Fetch | undefined;
}

/** Long enough for the server to hash a password. A form that has waited longer has lost its server. */
const answerSeconds = 20;

interface Parts {
  store: SessionStore;
  tokens: TokenSource;
}

const parts = new WeakMap<NnoAuthClient, Parts>();

/**
 * Creates the client of the platform's auth Worker. A call that signs in or out, answers a challenge, or changes the user
 * or the tenant resolves after `useNnoSession` has been updated, so a page that redirects next finds the new session. A
 * call rejects after 20 seconds without an answer.
 *
 * ```ts
 * const client = createNnoAuthClient({ authUrl: "https://auth.svc.default.k3m9p2xw7q.nno.app" });
 * const { data, error } = await client.signIn.email({ email, password });
 * ```
 *
 * @throws {NnoConfigurationError} if the address is missing or wrong. The message says what to set.
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
              const redirects = (data as { redirect?: unknown } | null)?.redirect === true;
              if (redirects && leadsToProvider.test(path)) return;
              if (path === "/sign-out") await store.changed("signed-out");
              else if (replacesSession.test(path)) await store.changed("replaced");
              else if (changesSession(path, method)) await store.changed("changed");
            },
            onError: async ({ response, error }) => {
              if (response.status === 401) store.onUnauthorized();
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
    const { code = `HTTP_${answer.error.status}`, message = "The auth Worker returned no token." } =
      answer.error;
    throw new NnoAccessTokenError(code, message);
  };
  parts.set(client, { store, tokens: new TokenSource(store, requestToken, request) });
  return client;
}

/** @throws {TypeError} if `createNnoAuthClient` did not create `client`. */
export function sessionStoreOf(client: NnoAuthClient): SessionStore {
  return partsOf(client).store;
}

/** @throws {TypeError} if `createNnoAuthClient` did not create `client`. */
export function tokenSourceOf(client: NnoAuthClient): TokenSource {
  return partsOf(client).tokens;
}

function partsOf(client: NnoAuthClient): Parts {
  const known = parts.get(client);
  if (known !== undefined) return known;
  throw new TypeError(
    "This client was not created by createNnoAuthClient() of this copy of @neutrino-io/sdk.",
  );
}

/** Calls that redirect the browser to a social provider. They change nothing yet. */
const leadsToProvider = /^\/(sign-in\/(social|oauth2)|link-social|oauth2\/link)$/;

/** Calls after which another user may be signed in, or none. */
const replacesSession =
  /^\/(sign-in|sign-up|verify-email|delete-user)(\/|$)|^\/admin\/(impersonate-user|stop-impersonating)$/;

/** Answers an admin who ends an impersonation when their own session has ended as well. Nobody is signed in then. */
const impersonatorSignedOut: ErrorCode = "IMPERSONATOR_SIGNED_OUT";

/** Calls that only read, although they use POST. */
const readsByPost = /\/has-permission$|^\/organization\/check-slug$|^\/two-factor\/get-totp-uri$/;

/** True if a call may have changed the session, its user or a tenant. A wrong guess costs only one request. */
function changesSession(path: string, method: string): boolean {
  return method !== "GET" && !readsByPost.test(path);
}
