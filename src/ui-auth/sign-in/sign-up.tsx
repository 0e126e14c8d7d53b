/** Creates an account. It does not sign in: the email has to be confirmed first. */
import { useNnoAuthClient } from "@neutrino-io/sdk";
import { useState } from "react";
import { useBotCheck } from "../data/bot-check.tsx";
import { call } from "../data/call.ts";
import { useSignInOptions } from "../data/sign-in-options.ts";
import { ResendVerification } from "../email-address/resend-verification.tsx";
import { keepDestination, readDestination } from "../host/destination.ts";
import { Link } from "../host/link.tsx";
import { useUiAuth } from "../host/provider.tsx";
import { Submit } from "../primitives/button.tsx";
import { Card } from "../primitives/card.tsx";
import { Field, PasswordField } from "../primitives/fields.tsx";
import { useForm } from "../primitives/form.ts";
import { FormError } from "../primitives/notes.tsx";
import { SocialButtons } from "./social-buttons.tsx";

export function SignUp() {
  const client = useNnoAuthClient();
  const { messages, paths } = useUiAuth();
  const { minPasswordLength } = useSignInOptions();
  const botCheck = useBotCheck();
  const [sentTo, setSentTo] = useState<string>();
  const { search } = window.location;
  const destination = readDestination(search, paths.home);

  const form = useForm(async ({ name = "", email = "", password = "" }) => {
    const outcome = await call(() =>
      client.signUp.email(
        { name: name.trim(), email, password, callbackURL: destination },
        botCheck.takeOptions(),
      ),
    );
    if (!outcome.ok) return outcome.failure;
    setSentTo(email);
    return undefined;
  });

  if (sentTo !== undefined) {
    return (
      <Card
        key="sent"
        announced
        title={messages.signUp.sentTitle}
        text={messages.signUp.sent(sentTo)}
        footer={
          <Link to={keepDestination(paths.signIn, search)}>{messages.common.backToSignIn}</Link>
        }
      >
        <ResendVerification
          email={sentTo}
          label={messages.signUp.resend}
          sent={messages.signUp.resent}
        />
      </Card>
    );
  }
  return (
    <Card
      key="form"
      title={messages.signUp.title}
      footer={
        <p>
          {messages.signUp.haveAccount}{" "}
          <Link to={keepDestination(paths.signIn, search)}>{messages.signUp.signIn}</Link>
        </p>
      }
    >
      <form {...form.props} className="nno-form">
        <Field
          form={form}
          name="name"
          label={messages.common.name}
          autoComplete="name"
          required
          maxLength={256}
        />
        <Field
          form={form}
          name="email"
          type="email"
          label={messages.common.email}
          autoComplete="username"
          required
          maxLength={254}
        />
        <PasswordField
          form={form}
          name="password"
          label={messages.common.password}
          hint={messages.common.passwordHint(minPasswordLength)}
          minLength={minPasswordLength}
          autoComplete="new-password"
        />
        {botCheck.element}
        <FormError form={form} />
        <Submit form={form} className="nno-button-wide">
          {messages.signUp.submit}
        </Submit>
      </form>
      <SocialButtons destination={destination} />
    </Card>
  );
}
