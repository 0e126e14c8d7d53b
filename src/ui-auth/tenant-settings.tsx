/** What a tenant is called, and its end. For whoever may change or delete it: owners, and by a role of the tenant's own. */
import { useNnoAuthClient, usePermission, type NnoTenant } from "@neutrino-io/sdk";
import { useState } from "react";
import { call } from "./call.ts";
import { Section } from "./card.tsx";
import { Confirm } from "./dialog.tsx";
import { Button, Field, FormError, StatusNote, Submit, useForm } from "./form.tsx";
import { useUiAuth } from "./provider.tsx";

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

export function DeleteTenant({ tenant }: { tenant: NnoTenant }) {
  const client = useNnoAuthClient();
  const mayDelete = usePermission("organization:delete");
  const { messages, paths, navigate } = useUiAuth();
  const words = messages.tenants;
  const [asked, setAsked] = useState(false);
  const remove = async () => {
    const outcome = await call(() => client.organization.delete({ organizationId: tenant.id }));
    if (!outcome.ok) return outcome.failure;
    navigate(paths.home);
    return undefined;
  };
  if (!mayDelete) return null;
  return (
    <Section
      title={words.delete}
      text={words.deleteText}
      tone="danger"
      action={
        <Button look="danger" onClick={() => setAsked(true)}>
          {words.delete}
        </Button>
      }
    >
      <Confirm
        open={asked}
        onOpenChange={setAsked}
        title={words.deleteTitle(tenant.name)}
        text={words.deleteText}
        action={words.delete}
        onConfirm={remove}
      />
    </Section>
  );
}
