/** A banner above the page during an impersonation, with a button that ends it. Renders nothing otherwise. */
import { useNnoAuthClient, useNnoSession } from "@neutrino-io/sdk";
import { useState } from "react";
import { call, type Failure } from "../data/call.ts";
import { useUiAuth } from "../host/provider.tsx";
import { Button } from "../primitives/button.tsx";
import { ErrorNote } from "../primitives/notes.tsx";

export interface ImpersonationBannerProps {
  /** Called after the impersonation has ended. Default: navigates home. */
  onStopped?: () => void;
}

export function ImpersonationBanner({ onStopped }: ImpersonationBannerProps) {
  const client = useNnoAuthClient();
  const { session, user } = useNnoSession();
  const { messages, paths, navigate } = useUiAuth();
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure>();
  if (session?.impersonatedBy == null) return null;

  const stop = async () => {
    setBusy(true);
    const outcome = await call(() => client.admin.stopImpersonating());
    setBusy(false);
    setFailure(outcome.ok ? undefined : outcome.failure);
    if (!outcome.ok) return;
    if (onStopped === undefined) navigate(paths.home);
    else onStopped();
  };
  return (
    <section className="nno-ui nno-banner" aria-label={messages.impersonation.label}>
      <span role="status">{messages.impersonation.banner(user.name, user.email)}</span>
      <Button className="nno-button-small" busy={busy} onClick={() => void stop()}>
        {messages.impersonation.stop}
      </Button>
      <ErrorNote failure={failure} />
    </section>
  );
}
