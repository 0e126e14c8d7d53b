/** Requests a reset link. The answer does not reveal if the address has an account. */
import { useNnoAuthClient } from "@neutrino-io/sdk";
import { useState } from "react";
import { useBotCheck } from "../data/bot-check.tsx";
import { call } from "../data/call.ts";
import { keepDestination } from "../host/destination.ts";
import { Link } from "../host/link.tsx";
import { useUiAuth } from "../host/provider.tsx";
import { Submit } from "../primitives/button.tsx";
import { Card } from "../primitives/card.tsx";
import { Field } from "../primitives/fields.tsx";
import { useForm } from "../primitives/form.ts";
import { FormError } from "../primitives/notes.tsx";

export function ForgotPassword() {
  const client = useNnoAuthClient();
  const { messages, paths } = useUiAuth();
  const botCheck = useBotCheck();
  const [sentTo, setSentTo] = useState<string>();
  const form = useForm(async ({ email = "" }) => {
    const { search, origin } = window.location;
    // The link keeps the destination of the user. Without one, the Worker uses its own page.
    const page = keepDestination(paths.resetPassword, search);
    const redirect = page === paths.resetPassword ? {} : { redirectTo: new URL(page, origin).href };
    const outcome = await call(() =>
      client.requestPasswordReset({ email, ...redirect }, botCheck.takeOptions()),
    );
    if (!outcome.ok) return outcome.failure;
    setSentTo(email);
    return undefined;
  });
  const footer = (
    <Link to={keepDestination(paths.signIn, window.location.search)}>
      {messages.common.backToSignIn}
    </Link>
  );

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
        {botCheck.element}
        <FormError form={form} />
        <Submit form={form} className="nno-button-wide">
          {messages.forgotPassword.submit}
        </Submit>
      </form>
    </Card>
  );
}
