/**
 * Social sign-in: which of the listed providers are on. Credentials are bindings, `<NAME>_CLIENT_ID` and
 * `<NAME>_CLIENT_SECRET`; a provider without them is off, says so, and breaks nothing else.
 */
import {
  socialProviderList,
  socialProviders,
  type SocialProviders,
} from "better-auth/social-providers";
import type { Bindings } from "../../config.ts";
import type { OpenIdConnectProvider } from "./openid-connect.ts";
import { isSecure } from "./secure-address.ts";

type SocialProviderName = keyof SocialProviders;

/** A provider of the owner's own that speaks OpenID Connect: Keycloak, Authentik, Entra ID, Okta, Auth0. */
interface OpenIdConnectEntry {
  provider: "openid-connect";
  /** Lower-case letters, digits and hyphens; in the redirect URI `/api/auth/callback/<id>`. */
  id: string;
  /** What its button says. */
  name: string;
  /** `issuer` of its discovery document, letter for letter. */
  issuer: string;
  /** Beside `openid`. Default: `profile` and `email`. */
  scopes?: readonly string[];
  /**
   * Domains, such as `acme.example`, of whose addresses the provider alone decides who has them. A sign-in with such an
   * address, if the provider has verified it, connects to the account that has the address, unless that is a platform
   * admin's. Default: none, so that people sign in first, and connect the provider in their profile.
   */
  authoritativeFor?: readonly string[];
}

/** A provider's name, or its name with options of its own (Cognito's domain, Microsoft's tenant). */
export type SocialProviderEntry =
  | SocialProviderName
  | ({
      provider: SocialProviderName;
      /** As for an OpenID Connect provider. */
      authoritativeFor?: readonly string[];
    } & Readonly<Record<string, unknown>>)
  | OpenIdConnectEntry;

export interface ProviderState {
  name: string;
  /** What its button says, when the owner has named it. */
  displayName?: string;
  /** Why it is off, and what to do; undefined when it is on. */
  problem: string | undefined;
}

export interface Providers {
  /** In the owner's order. */
  states: ProviderState[];
  /** Better Auth's own, as it takes them. */
  options: SocialProviders;
  openIdConnect: OpenIdConnectProvider[];
  /** The domains for whose addresses each provider is the authority. */
  authoritativeFor: ReadonlyMap<string, readonly string[]>;
}

/**
 * Reads the credentials of the listed providers.
 *
 * @throws {RangeError} for a name that Better Auth does not have, an entry that cannot be meant, or an address without
 *   TLS: a mistake in the owner's file.
 */
export function readProviders(
  entries: readonly SocialProviderEntry[],
  bindings: Bindings,
): Providers {
  const states: ProviderState[] = [];
  const options: Record<string, Record<string, unknown>> = {};
  const openIdConnect: OpenIdConnectProvider[] = [];
  const authoritativeFor = new Map<string, readonly string[]>();
  for (const entry of entries) {
    if (isOpenIdConnect(entry)) {
      refuseMistakes(entry);
      if (states.some(({ name: taken }) => taken === entry.id)) {
        throw new RangeError(`socialProviders: two have the id "${entry.id}"`);
      }
      const { id, name, issuer, scopes = ["profile", "email"] } = entry;
      authoritativeFor.set(id, readDomains(id, entry.authoritativeFor));
      const { clientId, clientSecret, problem } = readCredentials(id, bindings);
      states.push({ name: id, displayName: name, problem });
      if (clientId !== undefined && clientSecret !== undefined) {
        openIdConnect.push({ id, name, issuer, scopes, clientId, clientSecret });
      }
      continue;
    }
    const {
      provider: name,
      authoritativeFor: domains,
      ...own
    }: Exclude<SocialProviderEntry, string | OpenIdConnectEntry> = typeof entry === "string"
      ? { provider: entry }
      : entry;
    if (!isBuiltIn(name)) {
      throw new RangeError(`socialProviders: Better Auth has no provider "${String(name)}"`);
    }
    const { clientId, clientSecret, problem: missing } = readCredentials(name, bindings);
    authoritativeFor.set(name, readDomains(name, domains));
    refuseWithoutTls(name, own);
    // TikTok alone calls the id a key.
    const configured = { clientId, clientKey: clientId, clientSecret, ...own };
    const problem = missing ?? constructionProblem(name, configured);
    states.push({ name, problem });
    if (problem === undefined) options[name] = configured;
  }
  return { states, options, openIdConnect, authoritativeFor };
}

function isOpenIdConnect(entry: SocialProviderEntry): entry is OpenIdConnectEntry {
  return typeof entry !== "string" && entry.provider === "openid-connect";
}

function isBuiltIn(name: string): name is SocialProviderName {
  return (socialProviderList as readonly string[]).includes(name);
}

function refuseMistakes({ id, name, issuer }: OpenIdConnectEntry): void {
  const refuse = (what: string) => {
    throw new RangeError(`socialProviders: the OpenID Connect provider "${id}": ${what}`);
  };
  if (!/^[a-z][a-z0-9-]*$/.test(id)) refuse("its id has lower-case letters, digits and hyphens");
  // Better Auth's name for passwords, and names that it gives providers.
  if (id === "credential" || isBuiltIn(id)) refuse("its id is taken, choose another");
  if (name.trim() === "") refuse("it needs a name");
  const url = URL.parse(issuer);
  if (url === null || !isSecure(issuer) || url.search !== "" || url.hash !== "") {
    refuse("its issuer is an https URL without a query, such as https://id.example.com");
  }
}

/** The options of some of Better Auth's providers have addresses: an issuer, an authority, endpoints. */
function refuseWithoutTls(name: string, options: Readonly<Record<string, unknown>>): void {
  for (const [option, value] of Object.entries(options)) {
    if (typeof value === "string" && /^http:/i.test(value) && !isSecure(value)) {
      throw new RangeError(`socialProviders: "${name}": ${option} must be an https URL`);
    }
  }
}

/** Domains in ASCII, so that none can be taken for another. */
function readDomains(name: string, domains: readonly string[] = []): readonly string[] {
  for (const domain of domains) {
    if (!/^(?:[a-z0-9-]+\.)+[a-z0-9-]+$/.test(domain)) {
      throw new RangeError(
        `socialProviders: "${name}": authoritativeFor has domains in lower case, such as acme.example`,
      );
    }
  }
  return domains;
}

/** `google` -> `GOOGLE_CLIENT_ID`, `my-id` -> `MY_ID_CLIENT_ID`. */
function readCredentials(name: string, bindings: Bindings) {
  const prefix = name.toUpperCase().replaceAll("-", "_");
  const [id, secret] = [`${prefix}_CLIENT_ID`, `${prefix}_CLIENT_SECRET`];
  const [clientId, clientSecret] = [bindings[id], bindings[secret]].map((value) =>
    isCredential(value) ? value : undefined,
  );
  const missing = [
    ...(clientId === undefined ? [id] : []),
    ...(clientSecret === undefined ? [secret] : []),
  ];
  const problem = missing.length === 0 ? undefined : `set ${missing.join(" and ")}`;
  return { clientId, clientSecret, problem };
}

/** Some providers need more than credentials, and throw without it: that would take the whole Worker down. */
function constructionProblem(name: SocialProviderName, options: object): string | undefined {
  try {
    (socialProviders[name] as (options: object) => unknown)(options);
    return undefined;
  } catch (error) {
    const reason = error instanceof Error ? error.message : "it cannot be made";
    return `list it as { provider: "${name}", ... } with the options that it needs: ${reason}`;
  }
}

function isCredential(value: unknown): value is string {
  return typeof value === "string" && value.trim() !== "";
}

/** The providers that are on, as a sign-in page is told of them. */
export function offeredProviders({ states }: Providers) {
  const on = states.filter(({ problem }) => problem === undefined);
  return {
    providers: on.map(({ name }) => name),
    providerNames: Object.fromEntries(
      on.flatMap(({ name, displayName }) =>
        displayName === undefined ? [] : [[name, displayName]],
      ),
    ),
  };
}
