/** The dialog that creates a tenant. */
import { useNnoAuthClient } from "@neutrino-io/sdk";
import { useState } from "react";
import { call } from "../data/call.ts";
import { useUiAuth } from "../host/provider.tsx";
import { Submit } from "../primitives/button.tsx";
import { Dialog } from "../primitives/dialog.tsx";
import { Field } from "../primitives/fields.tsx";
import { useForm } from "../primitives/form.ts";
import { FormError } from "../primitives/notes.tsx";

interface NewTenantDialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
}

export function NewTenantDialog({ open, onOpenChange }: NewTenantDialogProps) {
  const { messages } = useUiAuth();
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title={messages.tenants.createTitle}
      text={messages.tenants.createText}
    >
      <NewTenantForm onCreated={() => onOpenChange(false)} />
    </Dialog>
  );
}

function NewTenantForm({ onCreated }: { onCreated: () => void }) {
  const client = useNnoAuthClient();
  const { messages } = useUiAuth();
  const [slug, setSlug] = useState("");
  const [slugEdited, setSlugEdited] = useState(false);
  const form = useForm(async ({ name = "", slug: wanted = "" }) => {
    // Better Auth also makes the new tenant the active one.
    const outcome = await call(() =>
      client.organization.create({ name: name.trim(), slug: wanted }),
    );
    if (!outcome.ok) return outcome.failure;
    onCreated();
    return undefined;
  });
  return (
    <form {...form.props} className="nno-form">
      <Field
        form={form}
        name="name"
        label={messages.common.name}
        autoComplete="organization"
        required
        maxLength={128}
        onChange={(event) => !slugEdited && setSlug(proposeSlug(event.currentTarget.value))}
      />
      <Field
        form={form}
        name="slug"
        label={messages.tenants.slug}
        hint={messages.tenants.slugHint}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        required
        maxLength={64}
        pattern="[a-z0-9]+(-[a-z0-9]+)*"
        value={slug}
        onChange={(event) => {
          setSlugEdited(true);
          setSlug(event.currentTarget.value);
        }}
      />
      <FormError form={form} />
      <Submit form={form}>{messages.tenants.submit}</Submit>
    </form>
  );
}

/** Proposes a slug for a name, in the form that the Worker accepts. */
function proposeSlug(name: string): string {
  return name
    .normalize("NFKD")
    .replaceAll(/\p{M}/gu, "")
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-+|-+$/g, "")
    .slice(0, 64);
}
