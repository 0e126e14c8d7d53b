/**
 * Social sign-in: which of the listed providers are on. Credentials are bindings, `<NAME>_CLIENT_ID` and
 * `<NAME>_CLIENT_SECRET`; a provider without them is off, says so, and breaks nothing else.
 */
import {
  socialProviderList,
  socialProviders,
  type SocialProviders,
} from "better-auth/social-providers";
import type { Bindings } from "../config.ts";

type SocialProviderName = keyof SocialProviders;

/** A provider's name, or its name with options of its own (Cognito's domain, Microsoft's tenant). */
export type SocialProviderEntry =
  | SocialProviderName
  | ({ provider: SocialProviderName } & Readonly<Record<string, unknown>>);

export interface ProviderState {
  name: SocialProviderName;
  /** Why it is off, and what to do; undefined when it is on. */
  problem: string | undefined;
}

/**
 * Reads the credentials of the listed providers.
 *
 * @throws {RangeError} for a name that Better Auth does not have: a typing error in the owner's file.
 */
export function readProviders(
  entries: readonly SocialProviderEntry[],
  bindings: Bindings,
): { states: ProviderState[]; options: SocialProviders } {
  const states: ProviderState[] = [];
  const options: Record<string, Record<string, unknown>> = {};
  for (const entry of entries) {
    const { provider: name, ...own } = typeof entry === "string" ? { provider: entry } : entry;
    if (!(socialProviderList as readonly string[]).includes(name)) {
      throw new RangeError(`socialProviders: Better Auth has no provider "${name}"`);
    }
    const { id, secret } = credentialBindings(name);
    const clientId = bindings[id];
    const missing = [id, secret].filter((binding) => !isCredential(bindings[binding]));
    // TikTok alone calls the id a key.
    const configured = { clientId, clientKey: clientId, clientSecret: bindings[secret], ...own };
    const problem =
      missing.length > 0 ? `set ${missing.join(" and ")}` : constructionProblem(name, configured);
    states.push({ name, problem });
    if (problem === undefined) options[name] = configured;
  }
  return { states, options };
}

/** `google` -> `GOOGLE_CLIENT_ID`; every provider of Better Auth has a name of lower-case letters. */
function credentialBindings(name: SocialProviderName): { id: string; secret: string } {
  const prefix = name.toUpperCase().replaceAll("-", "_");
  return { id: `${prefix}_CLIENT_ID`, secret: `${prefix}_CLIENT_SECRET` };
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
