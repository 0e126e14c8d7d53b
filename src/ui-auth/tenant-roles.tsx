/** A tenant's own roles: what each may do, as boxes to tick. Who may change them decides the Worker. */
import { useNnoAuthClient, usePermission, useTenant } from "@neutrino-io/sdk";
import { useId, useState } from "react";
import { call, type Outcome } from "./call.ts";
import { Page, Section } from "./card.tsx";
import { Confirm, Dialog } from "./dialog.tsx";
import { Button, Checkbox, Field, FormError, StatusNote, Submit, useForm } from "./form.tsx";
import { LoadNote } from "./load-note.tsx";
import { useTenantRoles, type TenantRole } from "./load-roles.ts";
import { useUiAuth } from "./provider.tsx";

/** What Better Auth's organization routes ask for; teams are off. */
const permissions: Record<string, string[]> = {
  organization: ["update", "delete"],
  member: ["create", "update", "delete"],
  invitation: ["create", "cancel"],
  ac: ["create", "read", "update", "delete"],
};

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
      <LoadNote of={loaded} />
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

interface RoleFormProps {
  tenantId: string;
  /** A new one without. */
  role: TenantRole | undefined;
  onSaved: (name: string) => void;
}

function RoleForm({ tenantId, role, onSaved }: RoleFormProps) {
  const client = useNnoAuthClient();
  const { messages } = useUiAuth();
  const words = messages.roles;
  const form = useForm(async ({ name = "", ...ticked }) => {
    // What this form has no box for is kept.
    const permission = { ...role?.permission };
    for (const [resource, actions] of Object.entries(permissions)) {
      permission[resource] = actions.filter((action) => ticked[`${resource}:${action}`] === "on");
    }
    const outcome: Outcome<unknown> = await call(() =>
      role === undefined
        ? client.$fetch("/organization/create-role", {
            method: "POST",
            body: { role: name, permission, organizationId: tenantId },
          })
        : client.$fetch("/organization/update-role", {
            method: "POST",
            body: {
              roleId: role.id,
              organizationId: tenantId,
              data: { permission, ...(name === role.role ? {} : { roleName: name }) },
            },
          }),
    );
    if (!outcome.ok) return outcome.failure;
    onSaved(name);
    return undefined;
  });
  return (
    <form {...form.props} className="nno-form">
      <Field
        form={form}
        name="name"
        label={words.name}
        hint={words.nameHint}
        defaultValue={role?.role ?? ""}
        pattern="[a-z0-9]+(-[a-z0-9]+)*"
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        required
        maxLength={64}
      />
      {Object.entries(permissions).map(([resource, actions]) => (
        <Boxes
          key={resource}
          resource={resource}
          actions={actions}
          ticked={role?.permission[resource] ?? []}
        />
      ))}
      <FormError form={form} />
      <Submit form={form}>{messages.common.save}</Submit>
    </form>
  );
}

interface BoxesProps {
  resource: string;
  actions: string[];
  ticked: string[];
}

function Boxes({ resource, actions, ticked }: BoxesProps) {
  const { messages } = useUiAuth();
  const { resources, actions: names } = messages.roles;
  const id = useId();
  return (
    <div role="group" aria-labelledby={id} className="nno-boxes">
      <span id={id} className="nno-label">
        {resources[resource] ?? resource}
      </span>
      <div className="nno-boxes-row">
        {actions.map((action) => (
          <Checkbox
            key={action}
            name={`${resource}:${action}`}
            label={names[action] ?? action}
            defaultChecked={ticked.includes(action)}
          />
        ))}
      </div>
    </div>
  );
}
