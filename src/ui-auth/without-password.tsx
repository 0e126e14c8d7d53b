/** Accounts that sign in with a provider alone: knowing them, and the recent sign-in that they give for a password. */
import { useNnoAuthClient, useNnoSession, type NnoAuthClient } from "@neutrino-io/sdk";
import { useState } from "react";
import { call, type Failure } from "./call.ts";
import { Button, ErrorNote } from "./form.tsx";
import type { Loaded } from "./load.ts";
import { useUiAuth } from "./provider.tsx";
import { useShared } from "./shared-load.ts";

export const passwordProvider = "credential";

interface PasswordState {
  /** Taken for true where it cannot be found out: the Worker then asks for one. */
  hasPassword: boolean;
  /** Nothing should be begun that needs to know. */
  loading: boolean;
}

const readAccounts = async (client: NnoAuthClient) => call(() => client.listAccounts());
type Accounts = Extract<Awaited<ReturnType<typeof readAccounts>>, { ok: true }>["data"];

/** The ways to sign in to the account. */
export function useAccounts(): Loaded<Accounts> {
  const { user } = useNnoSession();
  return useShared(`accounts ${user.id}`, readAccounts);
}

/** Whether the account has a password. */
export function usePasswordState(): PasswordState {
  const { data, loading } = useAccounts();
  const hasPassword = data?.some(({ providerId }) => providerId === passwordProvider) ?? true;
  return { hasPassword, loading };
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
