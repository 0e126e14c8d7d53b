/** Which client the components below use. */
import { createContext, useContext, useEffect, type ReactNode } from "react";
import { createNnoAuthClient, sessionStoreOf, type NnoAuthClient } from "./client.ts";
import type { SessionStore } from "./session-store.ts";

const ClientContext = createContext<NnoAuthClient | undefined>(undefined);

let environmentClient: NnoAuthClient | undefined;

/** One for the page, however many providers and hooks ask: it has one store and makes one request. */
function clientOfEnvironment(): NnoAuthClient {
  environmentClient ??= createNnoAuthClient();
  return environmentClient;
}

export interface NnoAuthProviderProps {
  /** Default: a client for what the environment says (`VITE_AUTH_URL`, …). */
  client?: NnoAuthClient | undefined;
  children?: ReactNode;
}

/** Give it to the app once, around everything that asks who is signed in. */
export function NnoAuthProvider({ client, children }: NnoAuthProviderProps) {
  const provided = client ?? clientOfEnvironment();
  // Keeps the session known between two pages of the app that both ask and a third that does not.
  useEffect(() => sessionStoreOf(provided).subscribe(() => {}), [provided]);
  return <ClientContext value={provided}>{children}</ClientContext>;
}

/**
 * The client of the provider above; without a provider, the one that the environment describes.
 *
 * @throws {NnoConfigurationError} without a provider, when the environment names no auth Worker.
 */
export function useNnoAuthClient(): NnoAuthClient {
  return useContext(ClientContext) ?? clientOfEnvironment();
}

export function useSessionStore(): SessionStore {
  return sessionStoreOf(useNnoAuthClient());
}
