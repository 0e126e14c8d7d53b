/** Requests a new verification email when the link in the last one no longer works. */
import { useNnoAuthClient } from "@neutrino-io/sdk";
import { useState } from "react";
import { useBotCheck } from "../data/bot-check.tsx";
import { call } from "../data/call.ts";
import { readDestination } from "../host/destination.ts";
import { useUiAuth } from "../host/provider.tsx";
import { Submit } from "../primitives/button.tsx";
import { Field } from "../primitives/fields.tsx";
import { useForm } from "../primitives/form.ts";
import { FormError, StatusNote } from "../primitives/notes.tsx";

export function NewLinkForm({ email }: { email: string }) {
  const client = useNnoAuthClient();
  const { messages } = useUiAuth();
  const botCheck = useBotCheck();
  const [sent, setSent] = useState(false);
  const form = useForm(async ({ email: entered = "" }) => {
    const callbackURL = readDestination(window.location.search, "/");
    const outcome = await call(() =>
      client.sendVerificationEmail({ email: entered, callbackURL }, botCheck.takeOptions()),
    );
    if (!outcome.ok) return outcome.failure;
    setSent(true);
    return undefined;
  });
  return (
    <form {...form.props} className="nno-form">
      <Field
        form={form}
        name="email"
        type="email"
        label={messages.common.email}
        defaultValue={email}
        required
        maxLength={254}
      />
      {botCheck.element}
      <FormError form={form} />
      <StatusNote>{sent ? messages.verifyEmail.resent : undefined}</StatusNote>
      <Submit form={form} className="nno-button-wide">
        {messages.verifyEmail.resend}
      </Submit>
    </form>
  );
}
