/** The form in which a platform admin renames a tenant. */
import { useNnoAuthClient } from "@neutrino-io/sdk";
import { call } from "../data/call.ts";
import { useUiAuth } from "../host/provider.tsx";
import { Submit } from "../primitives/button.tsx";
import { Field } from "../primitives/fields.tsx";
import { useForm } from "../primitives/form.ts";
import { StepUpError } from "../primitives/step-up-error.tsx";

interface RenameTenantFormProps {
  tenant: { id: string; name: string };
  onDone: (name: string) => void;
}

export function RenameTenantForm({ tenant, onDone }: RenameTenantFormProps) {
  const client = useNnoAuthClient();
  const { messages } = useUiAuth();
  const form = useForm(async ({ name = "" }) => {
    const outcome = await call(() =>
      client.$fetch(`/platform/tenants/${tenant.id}`, {
        method: "PATCH",
        body: { name: name.trim() },
      }),
    );
    if (!outcome.ok) return outcome.failure;
    onDone(name.trim());
    return undefined;
  });
  return (
    <form {...form.props} className="nno-form">
      <Field
        form={form}
        name="name"
        label={messages.common.name}
        defaultValue={tenant.name}
        required
        maxLength={128}
      />
      <StepUpError failure={form.failure} />
      <Submit form={form}>{messages.common.save}</Submit>
    </form>
  );
}
