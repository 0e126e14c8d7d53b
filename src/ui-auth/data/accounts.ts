/** The sign-in methods of the account: its password and the connected providers. */
import { type NnoAuthClient, useNnoSession } from "@neutrino-io/sdk";
import { call } from "./call.ts";
import type { Loaded } from "./use-load.ts";
import { useShared } from "./use-shared.ts";

export const passwordProvider = "credential";

interface PasswordState {
  /** True also if the methods could not be loaded: the Worker asks for a password if there is one. */
  hasPassword: boolean;
  /** `hasPassword` may still change: disable what depends on it. */
  loading: boolean;
}

const readAccounts = async (client: NnoAuthClient) => call(() => client.listAccounts());
type Accounts = Extract<Awaited<ReturnType<typeof readAccounts>>, { ok: true }>["data"];

export function useAccounts(): Loaded<Accounts> {
  const { user } = useNnoSession();
  return useShared(`accounts ${user.id}`, readAccounts);
}

export function usePasswordState(): PasswordState {
  const { data, loading } = useAccounts();
  const hasPassword = data?.some(({ providerId }) => providerId === passwordProvider) ?? true;
  return { hasPassword, loading };
}
