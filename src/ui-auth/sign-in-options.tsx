/** What this platform offers for signing in, read from its Worker; and the buttons of its social providers. */
import { useNnoAuthClient, type NnoAuthClient } from "@neutrino-io/sdk";
import { useEffect, useState } from "react";
import { call, type Failure } from "./call.ts";
import { Button, ErrorNote } from "./form.tsx";
import { LoadNote } from "./load-note.tsx";
import type { Loaded } from "./load.ts";
import { useUiAuth } from "./provider.tsx";
import { marks } from "./provider-marks.tsx";
import { useShared } from "./shared-load.ts";

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

interface SocialButtonsProps {
  /** Where the provider's answer leads in the end. */
  destination: string;
}

export function SocialButtons({ destination }: SocialButtonsProps) {
  const client = useNnoAuthClient();
  const { messages } = useUiAuth();
  const { providers, loaded } = useSignInOptions();
  const providerName = useProviderName();
  const [chosen, setChosen] = useState<string>();
  const [failure, setFailure] = useState<Failure>();
  useEffect(() => {
    // Back from the provider's page, the browser shows this one as it was left.
    const reset = ({ persisted }: PageTransitionEvent) => persisted && setChosen(undefined);
    window.addEventListener("pageshow", reset);
    return () => window.removeEventListener("pageshow", reset);
  }, []);
  // A password signs in without them: said only where they could not be found out.
  if (providers.length === 0) return <LoadNote of={loaded} quiet />;

  const start = async (provider: string) => {
    setChosen(provider);
    const outcome = await call(() =>
      client.signIn.social({
        provider,
        callbackURL: new URL(destination, window.location.origin).href,
      }),
    );
    // The client sends the browser to the provider.
    if (!outcome.ok) {
      setFailure(outcome.failure);
      setChosen(undefined);
    }
  };
  return (
    <div className="nno-social">
      <p className="nno-or">
        <span>{messages.common.or}</span>
      </p>
      {providers.map((provider) => (
        <Button
          key={provider}
          className="nno-button-wide"
          busy={chosen === provider}
          onClick={() => void start(provider)}
        >
          <span className="nno-provider" aria-hidden="true">
            {marks[provider] ?? providerName(provider).charAt(0)}
          </span>
          {messages.signIn.with(providerName(provider))}
        </Button>
      ))}
      <ErrorNote failure={failure} />
    </div>
  );
}
