/** The sign-in options of this platform, loaded from its Worker: social providers and password lengths. */
import type { NnoAuthClient } from "@neutrino-io/sdk";
import { call } from "./call.ts";
import type { Loaded } from "./use-load.ts";
import { useShared } from "./use-shared.ts";

interface SignInOptions {
  providers: string[];
  /** The display names that the platform's owner chose, by provider id. */
  providerNames: Record<string, string>;
  minPasswordLength: number;
  minPasswordLengthWithTwoFactor: number;
  /** The check against bots that forms for strangers show; absent while the owner has it off. */
  botCheck?: { provider: "turnstile"; siteKey: string; scriptUrl: string };
}

/** The defaults of the Worker, used until it has answered. */
const defaultOptions: SignInOptions = {
  providers: [],
  providerNames: {},
  minPasswordLength: 15,
  minPasswordLengthWithTwoFactor: 8,
};

export function useSignInOptions(): SignInOptions & { loaded: Loaded<SignInOptions> } {
  const loaded = useShared("sign-in-options", readOptions);
  return { ...defaultOptions, ...loaded.data, loaded };
}

const readOptions = async (client: NnoAuthClient) =>
  call<SignInOptions>(() => client.$fetch("/platform/sign-in-options"));

const knownNames: Record<string, string> = {
  github: "GitHub",
  gitlab: "GitLab",
  linkedin: "LinkedIn",
  paypal: "PayPal",
  tiktok: "TikTok",
};

/** The display name of a provider: the owner's choice, or else the provider's own spelling. */
export function useProviderName(): (provider: string) => string {
  const { providerNames } = useSignInOptions();
  return (provider) =>
    providerNames[provider] ??
    knownNames[provider] ??
    provider.charAt(0).toUpperCase() + provider.slice(1);
}
