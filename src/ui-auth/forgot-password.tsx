/** Asks for a reset link. The answer is the same whether or not the address has an account. */
import { useNnoAuthClient } from "@neutrino-io/sdk";
import { useState } from "react";
import { call } from "./call.ts";
import { Card } from "./card.tsx";
import { Field, FormError, Submit, useForm } from "./form.tsx";
import { Link, useUiAuth } from "./provider.tsx";

export function ForgotPassword() {
  const client = useNnoAuthClient();
  const { messages, paths } = useUiAuth();
  const [sentTo, setSentTo] = useState<string>();
  const form = useForm(async ({ email = "" }) => {
    const outcome = await call(() => client.requestPasswordReset({ email }));
    if (!outcome.ok) return outcome.failure;
    setSentTo(email);
    return undefined;
  });
  const footer = <Link to={paths.signIn}>{messages.common.backToSignIn}</Link>;

  if (sentTo !== undefined) {
    return (
      <Card
        key="sent"
        announced
        title={messages.forgotPassword.sentTitle}
        text={messages.forgotPassword.sent(sentTo)}
        footer={footer}
      />
    );
  }
  return (
    <Card
      key="form"
      title={messages.forgotPassword.title}
      text={messages.forgotPassword.text}
      footer={footer}
    >
      <form {...form.props} className="nno-form">
        <Field
          form={form}
          name="email"
          type="email"
          label={messages.common.email}
          autoComplete="username"
          required
          maxLength={254}
        />
        <FormError form={form} />
        <Submit form={form} className="nno-button-wide">
          {messages.forgotPassword.submit}
        </Submit>
      </form>
    </Card>
  );
}
