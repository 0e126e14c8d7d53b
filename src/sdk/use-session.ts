import { useSyncExternalStore } from "react";
import { useSessionStore } from "./provider.tsx";
import type { NnoSessionState } from "./session-state.ts";

/**
 * Returns who is signed in. All components of a page share one request.
 *
 * ```tsx
 * const { user } = useNnoSession();
 * const isAdmin = user.role === "platform-admin";
 * ```
 *
 * `user` is never null: while nobody is signed in it is the anonymous user (`id: ""`, `role: "anonymous"`). `status` says
 * what is known, and narrows `session`. Use it to decide what to show. The server decides what a user may do.
 */
export function useNnoSession(): NnoSessionState {
  const store = useSessionStore();
  return useSyncExternalStore(store.subscribe, store.getState, store.getServerState);
}
