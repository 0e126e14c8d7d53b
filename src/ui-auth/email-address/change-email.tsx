/** The profile section that changes the email address. */
import { useNnoAuthClient, useNnoSession } from "@neutrino-io/sdk";
import { useState } from "react";
import { call } from "../data/call.ts";
import { useUiAuth } from "../host/provider.tsx";
import { Submit } from "../primitives/button.tsx";
import { Section } from "../primitives/card.tsx";
import { Field } from "../primitives/fields.tsx";
import { useForm } from "../primitives/form.ts";
import { StatusNote } from "../primitives/notes.tsx";
import { StepUpError } from "../primitives/step-up-error.tsx";

export function ChangeEmail() {
  const client = useNnoAuthClient();
  const { user } = useNnoSession();
  const { messages } = useUiAuth();
  const [sent, setSent] = useState(false);
  const form = useForm(async ({ newEmail = "" }) => {
    setSent(false);
    const outcome = await call(() => client.changeEmail({ newEmail }));
    if (!outcome.ok) return outcome.failure;
    setSent(true);
    return undefined;
  });
  return (
    <Section title={messages.profile.emailTitle} text={messages.profile.emailText}>
      <p className="nno-fact">{user.email}</p>
      <form {...form.props} className="nno-form">
        <Field
          form={form}
          name="newEmail"
          type="email"
          label={messages.profile.newEmail}
          autoComplete="email"
          required
          maxLength={254}
        />
        <StepUpError failure={form.failure} />
        <StatusNote>{sent ? messages.profile.emailSent(user.email) : undefined}</StatusNote>
        <Submit form={form} look="plain">
          {messages.profile.changeEmail}
        </Submit>
      </form>
    </Section>
  );
}
