/** What this platform offers for signing in, read from its Worker; and the buttons of its social providers. */
import type { NnoAuthClient } from "@neutrino-io/sdk";
import { call } from "./call.ts";
import type { Loaded } from "./use-load.ts";
import { useShared } from "./use-shared.ts";

interface SignInOptions {
  providers: string[];
  /** Of the providers that the platform's owner has named. */
  providerNames: Record<string, string>;
  minPasswordLength: number;
  minPasswordLengthWithTwoFactor: number;
}

/** The Worker's own defaults, until it has answered. */
const usual: SignInOptions = {
  providers: [],
  providerNames: {},
  minPasswordLength: 15,
  minPasswordLengthWithTwoFactor: 8,
};

export function useSignInOptions(): SignInOptions & { loaded: Loaded<SignInOptions> } {
  const loaded = useShared("sign-in-options", readOptions);
  return { ...usual, ...loaded.data, loaded };
}

const readOptions = async (client: NnoAuthClient) =>
  call<SignInOptions>(() => client.$fetch("/platform/sign-in-options"));

const names: Record<string, string> = {
  github: "GitHub",
  gitlab: "GitLab",
  linkedin: "LinkedIn",
  paypal: "PayPal",
  tiktok: "TikTok",
};

/** What to call a provider: as its platform's owner does, else as it calls itself. */
export function useProviderName(): (provider: string) => string {
  const { providerNames } = useSignInOptions();
  return (provider) =>
    providerNames[provider] ??
    names[provider] ??
    provider.charAt(0).toUpperCase() + provider.slice(1);
}
