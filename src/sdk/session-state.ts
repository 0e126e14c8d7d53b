/** What hooks tell of the session: shapes alone. */
import type { NnoSession, NnoTenant, NnoTenantSummary, NnoUser } from "./session.ts";
import type { NnoSessionError } from "./session-request.ts";

export type NnoSessionStatus = "loading" | "signed-in" | "signed-out" | "error";

interface Common {
  /** Nobody's, `role: "anonymous"`, as long as there is no session; never null. */
  readonly user: NnoUser;
  /** The active tenant. */
  readonly tenant: NnoTenant | null;
  /** What is shown was true before and is being asked for again: after a reload, or while the server cannot answer. */
  readonly stale: boolean;
  /** Asks the server again. Resolves when the answer is in; never rejects. */
  readonly refetch: () => Promise<void>;
}

export type NnoSessionState = Common &
  (
    | { readonly status: "loading"; readonly session: null; readonly error: null }
    | { readonly status: "signed-in"; readonly session: NnoSession; readonly error: null }
    | { readonly status: "signed-out"; readonly session: null; readonly error: null }
    /** The last known session, if there was one. */
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
