/** Accounts that sign in with a provider alone: knowing them, and the recent sign-in that they give for a password. */
import { useNnoAuthClient } from "@neutrino-io/sdk";
import { useState } from "react";
import { call, type Failure } from "./call.ts";
import { Button, ErrorNote } from "./form.tsx";
import { useLoad } from "./load.ts";
import { useUiAuth } from "./provider.tsx";

const passwordProvider = "credential";

/** Whether the account has a password; until that is known, it is taken to have one. */
export function useHasPassword(): boolean {
  const client = useNnoAuthClient();
  const { data } = useLoad("accounts", () => call(() => client.listAccounts()));
  return data?.some(({ providerId }) => providerId === passwordProvider) ?? true;
}

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
