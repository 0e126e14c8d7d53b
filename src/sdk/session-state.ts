/** The state of the session as hooks return it. Types only. */
import type { NnoSession, NnoTenant, NnoTenantSummary, NnoUser } from "./session.ts";
import type { NnoSessionError } from "./session-request.ts";

export type NnoSessionStatus = "loading" | "signed-in" | "signed-out" | "error";

interface Common {
  /** Never null. Without a session it is the anonymous user, with `role: "anonymous"`. */
  readonly user: NnoUser;
  /** The active tenant, or null if none is active. */
  readonly tenant: NnoTenant | null;
  /** True if this is the last known state, while it is requested again: after a reload, or while the server is down. */
  readonly stale: boolean;
  /** Requests the session again. Resolves when the answer has arrived, and never rejects. */
  readonly refetch: () => Promise<void>;
}

export type NnoSessionState = Common &
  (
    | { readonly status: "loading"; readonly session: null; readonly error: null }
    | { readonly status: "signed-in"; readonly session: NnoSession; readonly error: null }
    | { readonly status: "signed-out"; readonly session: null; readonly error: null }
    /** Has the last known session, if there was one. */
    | {
        readonly status: "error";
        readonly session: NnoSession | null;
        readonly error: NnoSessionError;
      }
  );

export interface TenantListState {
  readonly list: readonly NnoTenantSummary[];
  readonly status: "loading" | "ready" | "error";
}
