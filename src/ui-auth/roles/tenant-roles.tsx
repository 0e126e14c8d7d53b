/** The page of a tenant's custom roles. The Worker decides who may change them. */
import { useNnoAuthClient, usePermission, useTenant } from "@neutrino-io/sdk";
import { useState } from "react";
import { call } from "../data/call.ts";
import { useUiAuth } from "../host/provider.tsx";
import { Button } from "../primitives/button.tsx";
import { Page, Section } from "../primitives/card.tsx";
import { Confirm, Dialog } from "../primitives/dialog.tsx";
import { LoadNote } from "../primitives/load-note.tsx";
import { StatusNote } from "../primitives/notes.tsx";
import { RoleForm } from "./role-form.tsx";
import { type TenantRole, useTenantRoles } from "./use-tenant-roles.ts";

export function TenantRoles() {
  const { tenant, status } = useTenant();
  const { messages } = useUiAuth();
  if (tenant === null) {
    return (
      <Page title={messages.roles.title}>
        <Section
          title={messages.tenants.choose}
          text={status === "loading" ? messages.common.loading : messages.members.none}
        />
      </Page>
    );
  }
  return (
    <Page title={tenant.name}>
      <RoleList key={tenant.id} tenantId={tenant.id} />
    </Page>
  );
}

function RoleList({ tenantId }: { tenantId: string }) {
  const client = useNnoAuthClient();
  const { messages } = useUiAuth();
  const words = messages.roles;
  const loaded = useTenantRoles(tenantId);
  const { data, reload } = loaded;
  const mayCreate = usePermission("ac:create");
  const mayUpdate = usePermission("ac:update");
  const mayDelete = usePermission("ac:delete");
  const [edited, setEdited] = useState<TenantRole | "new">();
  const [deleting, setDeleting] = useState<TenantRole>();
  const [done, setDone] = useState<string>();

  const remove = async ({ id, role }: TenantRole) => {
    const body = { roleId: id, organizationId: tenantId };
    const outcome = await call(() =>
      client.$fetch("/organization/delete-role", { method: "POST", body }),
    );
    if (!outcome.ok) return outcome.failure;
    setDone(words.deleted(role));
    await reload();
    return undefined;
  };
  const summary = ({ permission }: TenantRole) =>
    Object.entries(permission)
      .filter(([, actions]) => actions.length > 0)
      .map(
        ([resource, actions]) =>
          `${words.resources[resource] ?? resource}: ${actions
            .map((action) => words.actions[action] ?? action)
            .join(", ")}`,
      )
      .join(" · ") || words.nothing;

  return (
    <Section
      title={words.title}
      text={words.text}
      action={
        mayCreate && (
          <Button look="primary" onClick={() => setEdited("new")}>
            {words.create}
          </Button>
        )
      }
    >
      <LoadNote load={loaded} />
      <StatusNote>{done}</StatusNote>
      {data?.length === 0 && <p className="nno-text">{words.empty}</p>}
      <ul className="nno-list">
        {(data ?? []).map((role) => (
          <li key={role.id}>
            <div className="nno-item">
              <strong>{role.role}</strong>
              <small>{summary(role)}</small>
            </div>
            <div className="nno-buttons">
              {mayUpdate && (
                <Button
                  className="nno-button-small"
                  aria-label={words.editNamed(role.role)}
                  onClick={() => setEdited(role)}
                >
                  {words.edit}
                </Button>
              )}
              {mayDelete && (
                <Button
                  className="nno-button-small"
                  aria-label={words.deleteNamed(role.role)}
                  onClick={() => setDeleting(role)}
                >
                  {words.delete}
                </Button>
              )}
            </div>
          </li>
        ))}
      </ul>
      <Dialog
        open={edited !== undefined}
        onOpenChange={(open) => !open && setEdited(undefined)}
        title={
          edited === undefined || edited === "new"
            ? words.createTitle
            : words.editTitle(edited.role)
        }
      >
        <RoleForm
          tenantId={tenantId}
          role={edited === "new" ? undefined : edited}
          onSaved={(name) => {
            setDone(words.saved(name));
            setEdited(undefined);
            void reload();
          }}
        />
      </Dialog>
      <Confirm
        open={deleting !== undefined}
        onOpenChange={(open) => !open && setDeleting(undefined)}
        title={words.deleteTitle(deleting?.role ?? "")}
        text={words.deleteText}
        action={words.delete}
        onConfirm={async () => (deleting === undefined ? undefined : remove(deleting))}
      />
    </Section>
  );
}
