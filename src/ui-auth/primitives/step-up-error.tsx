/** The error note for actions that need a recent sign-in. */
import { useNnoAuthClient } from "@neutrino-io/sdk";
import { useState } from "react";
import { call, type Failure } from "../data/call.ts";
import { useUiAuth } from "../host/provider.tsx";
import { Button } from "./button.tsx";
import { ErrorNote } from "./notes.tsx";

/** Shows a failure. If the sign-in is too old, a button signs out and leads to the sign-in page and back. */
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
