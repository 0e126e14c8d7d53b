/** The page of the active tenant's audit log. The Worker shows it only to owners. */
import { useTenant } from "@neutrino-io/sdk";
import { useUiAuth } from "../host/provider.tsx";
import { Page, Section } from "../primitives/card.tsx";
import { AuditLog } from "./audit-log.tsx";

export function TenantAuditLog() {
  const { tenant, status } = useTenant();
  const { messages } = useUiAuth();
  if (tenant !== null) {
    return (
      <AuditLog key={tenant.id} tenantId={tenant.id} title={messages.audit.ofTenant(tenant.name)} />
    );
  }
  return (
    <Page title={messages.audit.title}>
      <Section
        title={messages.tenants.choose}
        text={status === "loading" ? messages.common.loading : messages.members.none}
      />
    </Page>
  );
}
