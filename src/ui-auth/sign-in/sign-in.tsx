/** Signs in with a password or a social provider, and leads to the two-factor challenge if the account needs a code. */
import { useNnoAuthClient } from "@neutrino-io/sdk";
import { useState } from "react";
import { call } from "../data/call.ts";
import { keepDestination, readDestination } from "../host/destination.ts";
import { Link } from "../host/link.tsx";
import { useUiAuth } from "../host/provider.tsx";
import { Submit } from "../primitives/button.tsx";
import { Card } from "../primitives/card.tsx";
import { Checkbox, Field, PasswordField } from "../primitives/fields.tsx";
import { useForm } from "../primitives/form.ts";
import { FormError } from "../primitives/notes.tsx";
import { SocialButtons } from "./social-buttons.tsx";

export interface SignInProps {
  /** Replaces the navigation to the `callbackURL` of the query, or home. */
  onSignedIn?: () => void;
}

export function SignIn({ onSignedIn }: SignInProps) {
  const client = useNnoAuthClient();
  const { messages, paths, navigate } = useUiAuth();
  const { search } = window.location;
  const destination = readDestination(search, paths.home);

  /** Others have used up the attempts for this account. A second-factor code shows that this is its owner. */
  const [asksCode, setAsksCode] = useState(false);
  const form = useForm(async ({ email = "", password = "", code = "", remember }) => {
    const outcome = await call(() =>
      client.signIn.email({
        email,
        password,
        ...(code === "" ? {} : { code }),
        rememberMe: remember === "on",
        // If the email is unconfirmed, the link that is mailed leads here afterwards.
        callbackURL: destination,
      }),
    );
    if (!outcome.ok) {
      const { failure } = outcome;
      if (failure.code === "TOO_MANY_TRIES") setAsksCode(true);
      const isRefused = failure.code === "INVALID_EMAIL_OR_PASSWORD" && code !== "";
      return isRefused ? { ...failure, code: "INVALID_EMAIL_PASSWORD_OR_CODE" } : failure;
    }
    if ("twoFactorRedirect" in outcome.data && outcome.data.twoFactorRedirect === true) {
      // The same code also answers the challenge. If it does not, the user enters the next one there.
      const isVerified =
        code !== "" && (await call(() => client.twoFactor.verifyTotp({ code }))).ok;
      if (!isVerified) {
        navigate(keepDestination(paths.twoFactor, search));
        return undefined;
      }
    }
    if (onSignedIn === undefined) navigate(destination);
    else onSignedIn();
    return undefined;
  });

  return (
    <Card
      title={messages.signIn.title}
      footer={
        <p>
          {messages.signIn.noAccount}{" "}
          <Link to={keepDestination(paths.signUp, search)}>{messages.signIn.signUp}</Link>
        </p>
      }
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
        <PasswordField
          form={form}
          name="password"
          label={messages.common.password}
          autoComplete="current-password"
        />
        {asksCode && (
          <Field
            form={form}
            name="code"
            label={messages.signIn.code}
            hint={messages.signIn.codeHint}
            autoComplete="one-time-code"
            inputMode="numeric"
            maxLength={6}
          />
        )}
        <div className="nno-row">
          <Checkbox name="remember" label={messages.signIn.remember} defaultChecked />
          <Link to={keepDestination(paths.forgotPassword, search)}>{messages.signIn.forgot}</Link>
        </div>
        <FormError form={form} />
        <Submit form={form} className="nno-button-wide">
          {messages.signIn.submit}
        </Submit>
      </form>
      <SocialButtons destination={destination} />
    </Card>
  );
}
