/** An error note that leads to a new sign-in where only that helps. */
import { useNnoAuthClient } from "@neutrino-io/sdk";
import { useState } from "react";
import { call, type Failure } from "../data/call.ts";
import { useUiAuth } from "../host/provider.tsx";
import { Button } from "./button.tsx";
import { ErrorNote } from "./notes.tsx";

/** A refusal; where only a new sign-in helps, with the way to it and back. */
export function StepUpError({ failure }: { failure: Failure | undefined }) {
  const client = useNnoAuthClient();
  const { messages, paths, navigate } = useUiAuth();
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState<Failure>();
  const signInAgain = async () => {
    setBusy(true);
    const { pathname, search } = window.location;
    const outcome = await call<unknown>(() => client.signOut());
    setBusy(false);
    if (outcome.ok) {
      const back = new URLSearchParams({ callbackURL: pathname + search });
      navigate(`${paths.signIn}?${back.toString()}`);
    } else setRefused(outcome.failure);
  };
  return (
    <>
      <ErrorNote failure={refused ?? failure} />
      {failure?.code === "SESSION_NOT_FRESH" && (
        <Button busy={busy} onClick={() => void signInAgain()}>
          {messages.profile.signInAgain}
        </Button>
      )}
    </>
  );
}
