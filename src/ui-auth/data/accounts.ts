/** The ways to sign in to the account: a password, and the connected providers. */
import { type NnoAuthClient, useNnoSession } from "@neutrino-io/sdk";
import { call } from "./call.ts";
import type { Loaded } from "./use-load.ts";
import { useShared } from "./use-shared.ts";

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
