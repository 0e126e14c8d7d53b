/**
 * Social sign-in: which of the listed providers are on. Credentials are bindings, `<NAME>_CLIENT_ID` and
 * `<NAME>_CLIENT_SECRET`; a provider without them is off, says so, and breaks nothing else.
 */
import { socialProviderList, type SocialProviders } from "better-auth/social-providers";
import type { Bindings } from "../config.ts";

type SocialProviderName = keyof SocialProviders;

/** A provider's name, or its name with options of its own (Cognito's domain, Microsoft's tenant). */
export type SocialProviderEntry =
  | SocialProviderName
  | ({ provider: SocialProviderName } & Readonly<Record<string, unknown>>);

export interface ProviderState {
  name: SocialProviderName;
  on: boolean;
  /** The bindings that are missing when it is off. */
  missing: string[];
}

/** `google` -> `GOOGLE_CLIENT_ID`; every provider of Better Auth has a name of lower-case letters. */
function credentialBindings(name: SocialProviderName): { id: string; secret: string } {
  const prefix = name.toUpperCase().replaceAll("-", "_");
  return { id: `${prefix}_CLIENT_ID`, secret: `${prefix}_CLIENT_SECRET` };
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
    const clientSecret = bindings[secret];
    const missing = [
      ...(isCredential(clientId) ? [] : [id]),
      ...(isCredential(clientSecret) ? [] : [secret]),
    ];
    states.push({ name, on: missing.length === 0, missing });
    // TikTok alone calls the id a key.
    if (missing.length === 0)
      options[name] = { clientId, clientKey: clientId, clientSecret, ...own };
  }
  return { states, options };
}

function isCredential(value: unknown): value is string {
  return typeof value === "string" && value.trim() !== "";
}
