/** The pages of platform admins. They tell everyone else so before they ask the Worker, which would refuse. */
import { RequireRole } from "@neutrino-io/sdk";
import { AuditLog, Tenants, Users } from "@neutrino-io/ui-auth";
import type { ReactNode } from "react";

function AdminsOnly({ children }: { children: ReactNode }) {
  return (
    <RequireRole
      role="platform-admin"
      fallback={
        <div className="nno-ui nno-card">
          <h1 className="nno-title">For platform admins</h1>
          <p className="nno-text">
            Ask an administrator of the platform if you need something here.
          </p>
        </div>
      }
    >
      {children}
    </RequireRole>
  );
}

export const UsersPage = () => (
  <AdminsOnly>
    <Users />
  </AdminsOnly>
);

export const TenantsPage = () => (
  <AdminsOnly>
    <Tenants />
  </AdminsOnly>
);

export const AuditPage = () => (
  <AdminsOnly>
    <AuditLog />
  </AdminsOnly>
);
