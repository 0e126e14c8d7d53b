/** The profile section that connects and disconnects providers. */
import { useNnoAuthClient } from "@neutrino-io/sdk";
import { useState } from "react";
import { passwordProvider, useAccounts } from "../data/accounts.ts";
import { call, type Failure } from "../data/call.ts";
import { useProviderName, useSignInOptions } from "../data/sign-in-options.ts";
import { useUiAuth } from "../host/provider.tsx";
import { Button } from "../primitives/button.tsx";
import { Section } from "../primitives/card.tsx";
import { LoadNote } from "../primitives/load-note.tsx";
import { StepUpError } from "../primitives/step-up-error.tsx";

export function ConnectedAccounts() {
  const client = useNnoAuthClient();
  const { messages } = useUiAuth();
  const words = messages.profile;
  const { providers, loaded: options } = useSignInOptions();
  const providerName = useProviderName();
  const accounts = useAccounts();
  const { data, reload } = accounts;
  const [busy, setBusy] = useState<string>();
  const [refused, setRefused] = useState<Failure>();

  const connected = new Map(data?.map(({ providerId, id }) => [providerId, id]));
  connected.delete(passwordProvider);
  const shown = [...new Set([...connected.keys(), ...providers])];

  const change = async (provider: string) => {
    setBusy(provider);
    const accountId = connected.get(provider);
    const outcome =
      accountId !== undefined
        ? await call<unknown>(() => client.unlinkAccount({ accountId }))
        : await call<unknown>(() =>
            client.linkSocial({ provider, callbackURL: window.location.href }),
          );
    setRefused(outcome.ok ? undefined : outcome.failure);
    await reload();
    setBusy(undefined);
  };

  return (
    <Section
      title={words.accountsTitle}
      text={
        shown.length === 0 && data !== undefined && options.data !== undefined
          ? words.noProviders
          : words.accountsText
      }
    >
      <LoadNote
        load={{
          ...(accounts.failure === undefined ? options : accounts),
          pending: accounts.pending || options.pending,
        }}
        quiet
      />
      <StepUpError failure={refused} />
      {shown.length > 0 && (
        <ul className="nno-list">
          {shown.map((provider) => {
            const name = providerName(provider);
            const on = connected.has(provider);
            return (
              <li key={provider}>
                <div className="nno-item">
                  <strong>{name}</strong>{" "}
                  {on && <span className="nno-badge nno-badge-done">{words.connected}</span>}
                </div>
                <Button
                  className="nno-button-small"
                  aria-label={on ? words.disconnectNamed(name) : words.connectNamed(name)}
                  busy={busy === provider}
                  onClick={() => void change(provider)}
                >
                  {on ? words.disconnect : words.connect}
                </Button>
              </li>
            );
          })}
        </ul>
      )}
    </Section>
  );
}
