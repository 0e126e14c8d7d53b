/** The form that creates or edits a tenant's custom role. */
import { useNnoAuthClient } from "@neutrino-io/sdk";
import { useId } from "react";
import { call, type Outcome } from "../data/call.ts";
import { useUiAuth } from "../host/provider.tsx";
import { Submit } from "../primitives/button.tsx";
import { Checkbox, Field } from "../primitives/fields.tsx";
import { useForm } from "../primitives/form.ts";
import { FormError } from "../primitives/notes.tsx";
import type { TenantRole } from "./use-tenant-roles.ts";

/** The permissions that Better Auth's organization routes check. Teams are turned off. */
const permissions: Record<string, string[]> = {
  organization: ["update", "delete"],
  member: ["create", "update", "delete"],
  invitation: ["create", "cancel"],
  ac: ["create", "read", "update", "delete"],
};

interface RoleFormProps {
  tenantId: string;
  /** Undefined for a new role. */
  role: TenantRole | undefined;
  onSaved: (name: string) => void;
}

export function RoleForm({ tenantId, role, onSaved }: RoleFormProps) {
  const client = useNnoAuthClient();
  const { messages } = useUiAuth();
  const words = messages.roles;
  const form = useForm(async ({ name = "", ...ticked }) => {
    // Keeps permissions that this form has no checkbox for.
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
        <ActionCheckboxes
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

interface ActionCheckboxesProps {
  resource: string;
  actions: string[];
  ticked: string[];
}

function ActionCheckboxes({ resource, actions, ticked }: ActionCheckboxesProps) {
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
