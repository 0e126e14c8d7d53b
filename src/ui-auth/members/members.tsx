/** The page of the active tenant: members, invitations and settings. */
import { usePermission, useTenant } from "@neutrino-io/sdk";
import { useState } from "react";
import { Link } from "../host/link.tsx";
import { useUiAuth } from "../host/provider.tsx";
import { Invitations } from "../invitations/invitations.tsx";
import { Button } from "../primitives/button.tsx";
import { Page, Section } from "../primitives/card.tsx";
import { hasRole } from "../roles/has-role.ts";
import { DeleteTenant } from "../tenants/delete-tenant.tsx";
import { NewTenantDialog } from "../tenants/new-tenant-dialog.tsx";
import { TenantPolicy } from "../tenants/sign-in-policy.tsx";
import { TenantName } from "../tenants/tenant-name.tsx";
import { MemberList } from "./member-list.tsx";

export function Members() {
  const { tenant, status } = useTenant();
  const { messages, paths } = useUiAuth();
  const [creating, setCreating] = useState(false);
  const mayReadRoles = usePermission("ac:read");
  const mayInvite = usePermission("invitation:create");
  const mayWithdraw = usePermission("invitation:cancel");
  if (tenant === null) {
    return (
      <Page title={messages.members.title}>
        <Section
          title={messages.tenants.choose}
          text={status === "loading" ? messages.common.loading : messages.members.none}
          action={
            <Button look="primary" onClick={() => setCreating(true)}>
              {messages.tenants.create}
            </Button>
          }
        />
        <NewTenantDialog open={creating} onOpenChange={setCreating} />
      </Page>
    );
  }
  // As in the Worker, only the owner role gives access to the log. No permission does.
  const mayReadLog = hasRole(tenant.role, "owner");
  return (
    <Page
      title={tenant.name}
      action={
        (mayReadRoles || mayReadLog) && (
          <nav aria-label={messages.members.more} className="nno-buttons">
            {mayReadRoles && <Link to={paths.tenantRoles}>{messages.roles.title}</Link>}
            {mayReadLog && <Link to={paths.tenantAuditLog}>{messages.audit.title}</Link>}
          </nav>
        )
      }
    >
      <MemberList key={tenant.id} tenantId={tenant.id} />
      {(mayInvite || mayWithdraw) && (
        <Invitations key={`${tenant.id}-invitations`} tenantId={tenant.id} />
      )}
      <TenantPolicy key={`${tenant.id}-policy`} tenantId={tenant.id} />
      <TenantName key={`${tenant.id}-name`} tenant={tenant} />
      <DeleteTenant key={`${tenant.id}-delete`} tenant={tenant} />
    </Page>
  );
}
