/** The buttons that sign in with social providers. */
import { useNnoAuthClient } from "@neutrino-io/sdk";
import { useEffect, useState } from "react";
import { call, type Failure } from "../data/call.ts";
import { useProviderName, useSignInOptions } from "../data/sign-in-options.ts";
import { useUiAuth } from "../host/provider.tsx";
import { Button } from "../primitives/button.tsx";
import { LoadNote } from "../primitives/load-note.tsx";
import { ErrorNote } from "../primitives/notes.tsx";
import { providerMarks } from "./provider-marks.tsx";

interface SocialButtonsProps {
  /** The page to open after signing in. */
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
    // The browser may restore this page from its back-forward cache with the button still busy.
    const reset = ({ persisted }: PageTransitionEvent) => persisted && setChosen(undefined);
    window.addEventListener("pageshow", reset);
    return () => window.removeEventListener("pageshow", reset);
  }, []);
  // The password form works without providers, so this shows only a failure to load them.
  if (providers.length === 0) return <LoadNote load={loaded} quiet />;

  const start = async (provider: string) => {
    setChosen(provider);
    const outcome = await call(() =>
      client.signIn.social({
        provider,
        callbackURL: new URL(destination, window.location.origin).href,
      }),
    );
    // On success the client sends the browser to the provider.
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
            {providerMarks[provider] ?? providerName(provider).charAt(0)}
          </span>
          {messages.signIn.with(providerName(provider))}
        </Button>
      ))}
      <ErrorNote failure={failure} />
    </div>
  );
}
