/** Components that show their children to some. They decide about pixels; what a user may do, the server decides. */
import type { ReactNode } from "react";
import type { PlatformRole, TenantRole } from "./session.ts";
import { useNnoSession } from "./use-session.ts";

/** Shows its children to whoever is signed in, also while the server cannot be asked again. */
export function SignedIn({ children }: { children?: ReactNode }) {
  return useNnoSession().session === null ? null : children;
}

/** Shows its children when it is certain that nobody is signed in: not while loading, not after an error. */
export function SignedOut({ children }: { children?: ReactNode }) {
  return useNnoSession().status === "signed-out" ? children : null;
}

export interface RequireRoleProps {
  /** The platform role; one of several. */
  role?: PlatformRole | readonly PlatformRole[] | undefined;
  /** The role in the active tenant; one of several. Platform admins are not members by themselves. */
  tenantRole?: TenantRole | readonly TenantRole[] | undefined;
  /** Shown to everybody else, those who are not signed in too. */
  fallback?: ReactNode;
  /** Shown until it is known who is signed in. */
  pending?: ReactNode;
  children?: ReactNode;
}

/** Shows its children to users with the role; with both roles, if both are asked for. */
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
