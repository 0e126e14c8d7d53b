/** Components that show their children to some users. The server decides what users may do. */
import type { ReactNode } from "react";
import type { PlatformRole, TenantRole } from "./session.ts";
import { useNnoSession } from "./use-session.ts";

/** Shows its children to users who are signed in, also while the server is down. */
export function SignedIn({ children }: { children?: ReactNode }) {
  return useNnoSession().session === null ? null : children;
}

/** Shows its children if it is certain that nobody is signed in: not while loading, and not after an error. */
export function SignedOut({ children }: { children?: ReactNode }) {
  return useNnoSession().status === "signed-out" ? children : null;
}

export interface RequireRoleProps {
  /** The platform role, or a list of which one is enough. */
  role?: PlatformRole | readonly PlatformRole[] | undefined;
  /** The role in the active tenant, or a list of which one is enough. A platform admin is not automatically a member. */
  tenantRole?: TenantRole | readonly TenantRole[] | undefined;
  /** Shown to everybody else, including those who are not signed in. */
  fallback?: ReactNode;
  /** Shown while it is not known who is signed in. */
  pending?: ReactNode;
  children?: ReactNode;
}

/** Shows its children to users with the role, or with both roles if both are given. */
export function RequireRole(props: RequireRoleProps) {
  const { role, tenantRole, fallback = null, pending = null, children } = props;
  const { session, status, user, tenant } = useNnoSession();
  if (session === null) return status === "signed-out" ? fallback : pending;
  const has = isOneOf(user.role, role) && isOneOf(tenant?.role, tenantRole);
  return has ? children : fallback;
}

function isOneOf(
  roles: string | undefined,
  wanted: string | readonly string[] | undefined,
): boolean {
  if (wanted === undefined) return true;
  const held = (roles ?? "").split(",").map((role) => role.trim());
  return (typeof wanted === "string" ? [wanted] : wanted).some((role) => held.includes(role));
}
