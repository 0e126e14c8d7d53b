import { useSyncExternalStore } from "react";
import { useSessionStore } from "./provider.tsx";
import type { NnoSessionState } from "./session-state.ts";

/**
 * Who is signed in. All components of a page share one request.
 *
 * ```tsx
 * const { user } = useNnoSession();
 * const isAdmin = user.role === "platform-admin";
 * ```
 *
 * `user` is never null: until somebody is signed in it is the anonymous user (`id: ""`, `role: "anonymous"`). `status`
 * says what is known, and narrows `session`. Components decide with it what to show; what a user may do, the server decides.
 */
export function useNnoSession(): NnoSessionState {
  const store = useSessionStore();
  return useSyncExternalStore(store.subscribe, store.getState, store.getServerState);
}
