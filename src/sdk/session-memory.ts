/**
 * Remembers the last known session of this tab, so that a reload does not start with an empty page. It holds what
 * components show and no secret: the session token is in a cookie that scripts cannot read. A remembered session is stale
 * until the server has answered, and affects only what is shown.
 */
import {
  readSessionAnswer,
  readTenantList,
  readTenantRole,
  type NnoTenant,
  type Principal,
} from "./session.ts";

export interface Remembered extends Principal {
  tenant: NnoTenant | null;
}

export interface SessionMemory {
  read: () => Remembered | null;
  write: (remembered: Remembered | null) => void;
}

export function openSessionMemory(baseUrl: string, now: () => number = Date.now): SessionMemory {
  const key = `nno:session:${baseUrl}`;
  return {
    read() {
      const stored = attempt(() => globalThis.sessionStorage.getItem(key));
      if (typeof stored !== "string") return null;
      return (
        attempt(() => {
          const value = JSON.parse(stored) as { session: object; tenant: unknown };
          const tenant = value.tenant === null ? null : readTenant(value.tenant);
          const principal = readSessionAnswer({
            ...value,
            session: { ...value.session, activeOrganizationId: tenant?.id ?? null },
          });
          if (principal === null || principal.session.expiresAt.getTime() <= now()) return null;
          return { ...principal, tenant };
        }) ?? null
      );
    },
    write(remembered) {
      attempt(() => {
        if (remembered === null) globalThis.sessionStorage.removeItem(key);
        else globalThis.sessionStorage.setItem(key, JSON.stringify(remembered));
      });
    },
  };
}

function readTenant(value: unknown): NnoTenant | null {
  const [summary] = readTenantList([value]);
  return summary === undefined ? null : { ...summary, role: readTenantRole(value) };
}

/** Storage can be missing, full or blocked by the browser's settings, and any script may have written what it holds. */
function attempt<Result>(action: () => Result): Result | undefined {
  try {
    return action();
  } catch {
    return undefined;
  }
}
