/** The profile section that changes the name. */
import { useNnoAuthClient, useNnoSession } from "@neutrino-io/sdk";
import { useState } from "react";
import { call } from "../data/call.ts";
import { useUiAuth } from "../host/provider.tsx";
import { Submit } from "../primitives/button.tsx";
import { Section } from "../primitives/card.tsx";
import { Field } from "../primitives/fields.tsx";
import { useForm } from "../primitives/form.ts";
import { FormError, StatusNote } from "../primitives/notes.tsx";

export function ProfileDetails() {
  const client = useNnoAuthClient();
  const { user } = useNnoSession();
  const { messages } = useUiAuth();
  const [saved, setSaved] = useState(false);
  const form = useForm(async ({ name = "" }) => {
    setSaved(false);
    const outcome = await call(() => client.updateUser({ name: name.trim() }));
    if (!outcome.ok) return outcome.failure;
    setSaved(true);
    return undefined;
  });
  return (
    <Section title={messages.profile.details}>
      <form {...form.props} className="nno-form">
        <Field
          form={form}
          name="name"
          label={messages.common.name}
          defaultValue={user.name}
          autoComplete="name"
          required
          maxLength={256}
        />
        <FormError form={form} />
        <StatusNote>{saved ? messages.common.saved : undefined}</StatusNote>
        <Submit form={form} look="plain">
          {messages.common.save}
        </Submit>
      </form>
    </Section>
  );
}
