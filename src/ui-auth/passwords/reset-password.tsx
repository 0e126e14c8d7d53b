/** The page that the link in a password reset email opens. */
import { useNnoAuthClient } from "@neutrino-io/sdk";
import { useState } from "react";
import { call } from "../data/call.ts";
import { useSignInOptions } from "../data/sign-in-options.ts";
import { keepDestination } from "../host/destination.ts";
import { Link } from "../host/link.tsx";
import { useUiAuth } from "../host/provider.tsx";
import { Submit } from "../primitives/button.tsx";
import { Card } from "../primitives/card.tsx";
import { PasswordField } from "../primitives/fields.tsx";
import { useForm } from "../primitives/form.ts";
import { FormError } from "../primitives/notes.tsx";

export function ResetPassword() {
  const client = useNnoAuthClient();
  const { messages, paths } = useUiAuth();
  // Only the Worker knows the account of the link, and so which of the two lengths it requires.
  const { minPasswordLength, minPasswordLengthWithTwoFactor } = useSignInOptions();
  const [done, setDone] = useState(false);
  const { search } = window.location;
  const token = new URLSearchParams(search).get("token");
  const signIn = keepDestination(paths.signIn, search);
  const form = useForm(async ({ newPassword = "" }) => {
    const outcome = await call(() => client.resetPassword({ newPassword, token: token ?? "" }));
    if (!outcome.ok) return outcome.failure;
    setDone(true);
    return undefined;
  });

  if (done) {
    return (
      <Card
        key="done"
        announced
        title={messages.resetPassword.doneTitle}
        text={messages.resetPassword.done}
      >
        <Link to={signIn} className="nno-button nno-button-primary nno-button-wide">
          {messages.signIn.submit}
        </Link>
      </Card>
    );
  }
  if (token === null || form.failure?.code === "INVALID_TOKEN") {
    return (
      <Card
        key="failed"
        announced
        title={messages.resetPassword.failed}
        text={messages.resetPassword.failedText}
        footer={<Link to={signIn}>{messages.common.backToSignIn}</Link>}
      >
        <Link
          to={keepDestination(paths.forgotPassword, search)}
          className="nno-button nno-button-primary nno-button-wide"
        >
          {messages.resetPassword.again}
        </Link>
      </Card>
    );
  }
  return (
    <Card key="form" title={messages.resetPassword.title}>
      <form {...form.props} className="nno-form">
        <PasswordField
          form={form}
          name="newPassword"
          label={messages.resetPassword.newPassword}
          hint={messages.common.passwordHint(minPasswordLength)}
          minLength={minPasswordLengthWithTwoFactor}
          autoComplete="new-password"
        />
        <FormError form={form} />
        <Submit form={form} className="nno-button-wide">
          {messages.resetPassword.submit}
        </Submit>
      </form>
    </Card>
  );
}
