/** The section that renames a tenant, for members with the permission to update it. */
import { type NnoTenant, useNnoAuthClient, usePermission } from "@neutrino-io/sdk";
import { useState } from "react";
import { call } from "../data/call.ts";
import { useUiAuth } from "../host/provider.tsx";
import { Submit } from "../primitives/button.tsx";
import { Section } from "../primitives/card.tsx";
import { Field } from "../primitives/fields.tsx";
import { useForm } from "../primitives/form.ts";
import { FormError, StatusNote } from "../primitives/notes.tsx";

export function TenantName({ tenant }: { tenant: NnoTenant }) {
  const client = useNnoAuthClient();
  const mayUpdate = usePermission("organization:update");
  const { messages } = useUiAuth();
  const [saved, setSaved] = useState(false);
  const form = useForm(async ({ name = "" }) => {
    setSaved(false);
    const outcome = await call(() =>
      client.organization.update({ organizationId: tenant.id, data: { name: name.trim() } }),
    );
    if (!outcome.ok) return outcome.failure;
    setSaved(true);
    return undefined;
  });
  if (!mayUpdate) return null;
  return (
    <Section title={messages.tenants.nameTitle}>
      <form {...form.props} className="nno-form">
        <Field
          form={form}
          name="name"
          label={messages.common.name}
          defaultValue={tenant.name}
          autoComplete="off"
          required
          maxLength={128}
        />
        <FormError form={form} />
        <StatusNote>{saved ? messages.common.saved : undefined}</StatusNote>
        <Submit form={form} look="plain">
          {messages.tenants.rename}
        </Submit>
      </form>
    </Section>
  );
}
