/** Which tenant is active, the way to another, and to a new one. */
import { useNnoAuthClient, useTenant } from "@neutrino-io/sdk";
import { useState } from "react";
import { call, type Failure } from "./call.ts";
import { Dialog } from "./dialog.tsx";
import { Chevron } from "./icons.tsx";
import { ErrorNote, Field, FormError, Submit, useForm } from "./form.tsx";
import { Menu } from "./menu.tsx";
import { useUiAuth } from "./provider.tsx";

export function TenantSwitcher() {
  const client = useNnoAuthClient();
  const { tenant, list } = useTenant();
  const { messages } = useUiAuth();
  const words = messages.tenants;
  const [creating, setCreating] = useState(false);
  const [failure, setFailure] = useState<Failure>();
  const [switched, setSwitched] = useState("");

  const activate = async (id: string, name: string) => {
    const outcome = await call(() => client.organization.setActive({ organizationId: id }));
    setFailure(outcome.ok ? undefined : outcome.failure);
    if (outcome.ok) setSwitched(words.switched(name));
  };
  const name = tenant?.name ?? (list.length === 0 ? words.personal : words.choose);
  return (
    <div className="nno-ui">
      <Menu
        label={words.switcher(name)}
        className="nno-switcher"
        trigger={
          <>
            <span>{name}</span>
            <Chevron />
          </>
        }
        items={[
          ...list.map(({ id, name: label }) => ({
            label,
            checked: id === tenant?.id,
            onSelect: () => void activate(id, label),
          })),
          {
            label: words.create,
            onSelect: () => setCreating(true),
            lineBefore: list.length > 0,
          },
        ]}
      />
      <span role="status" className="nno-visually-hidden">
        {switched}
      </span>
      <ErrorNote failure={failure} />
      <NewTenantDialog open={creating} onOpenChange={setCreating} />
    </div>
  );
}

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
  const [ownSlug, setOwnSlug] = useState(false);
  const form = useForm(async ({ name = "", slug: wanted = "" }) => {
    // Better Auth makes a new tenant the active one.
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
        onChange={(event) => !ownSlug && setSlug(slugOf(event.currentTarget.value))}
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
          setOwnSlug(true);
          setSlug(event.currentTarget.value);
        }}
      />
      <FormError form={form} />
      <Submit form={form}>{messages.tenants.submit}</Submit>
    </form>
  );
}

/** A proposal: what the Worker accepts, made of a name. */
function slugOf(name: string): string {
  return name
    .normalize("NFKD")
    .replaceAll(/\p{M}/gu, "")
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-+|-+$/g, "")
    .slice(0, 64);
}
