/** Provides the client that the hooks use. */
import { createContext, useContext, useEffect, type ReactNode } from "react";
import { createNnoAuthClient, sessionStoreOf, type NnoAuthClient } from "./client.ts";
import type { SessionStore } from "./session-store.ts";

const ClientContext = createContext<NnoAuthClient | undefined>(undefined);

let environmentClient: NnoAuthClient | undefined;

/** All providers and hooks of a page share this client, and so one store and one request. */
function clientOfEnvironment(): NnoAuthClient {
  environmentClient ??= createNnoAuthClient();
  return environmentClient;
}

export interface NnoAuthProviderProps {
  /** Default: a client that is configured by the environment (`VITE_AUTH_URL`, …). */
  client?: NnoAuthClient | undefined;
  children?: ReactNode;
}

/** Render it once, around all components that use the session. */
export function NnoAuthProvider({ client, children }: NnoAuthProviderProps) {
  const provided = client ?? clientOfEnvironment();
  // Keeps the session while the user is on a page of the app that does not use it.
  useEffect(() => sessionStoreOf(provided).subscribe(() => {}), [provided]);
  return <ClientContext value={provided}>{children}</ClientContext>;
}

/**
 * Returns the client of the closest provider. Without a provider it is the client that the environment configures.
 *
 * @throws {NnoConfigurationError} if there is no provider and the environment names no auth Worker.
 */
export function useNnoAuthClient(): NnoAuthClient {
  return useContext(ClientContext) ?? clientOfEnvironment();
}

export function useSessionStore(): SessionStore {
  return sessionStoreOf(useNnoAuthClient());
}
