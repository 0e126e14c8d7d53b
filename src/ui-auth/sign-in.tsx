/** Sign in with a password or a social provider; goes on to the two-factor challenge where the account has one. */
import { useNnoAuthClient } from "@neutrino-io/sdk";
import { call } from "./call.ts";
import { Card } from "./card.tsx";
import { Checkbox, Field, FormError, PasswordField, Submit, useForm } from "./form.tsx";
import { keepDestination, Link, readDestination, useUiAuth } from "./provider.tsx";
import { SocialButtons } from "./sign-in-options.tsx";

export interface SignInProps {
  /** Instead of navigating to the address's `callbackURL`, or home. */
  onSignedIn?: () => void;
}

export function SignIn({ onSignedIn }: SignInProps) {
  const client = useNnoAuthClient();
  const { messages, paths, navigate } = useUiAuth();
  const { search } = window.location;
  const destination = readDestination(search, paths.home);

  const form = useForm(async ({ email = "", password = "", remember }) => {
    const outcome = await call(() =>
      client.signIn.email({
        email,
        password,
        rememberMe: remember === "on",
        // A mail that is sent to an unconfirmed address brings its reader back to where they were going.
        callbackURL: destination,
      }),
    );
    if (!outcome.ok) return outcome.failure;
    if ("twoFactorRedirect" in outcome.data && outcome.data.twoFactorRedirect === true) {
      navigate(keepDestination(paths.twoFactor, search));
      return undefined;
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
      <SocialButtons destination={destination} />
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
        <div className="nno-row">
          <Checkbox name="remember" label={messages.signIn.remember} defaultChecked />
          <Link to={keepDestination(paths.forgotPassword, search)}>{messages.signIn.forgot}</Link>
        </div>
        <FormError form={form} />
        <Submit form={form} className="nno-button-wide">
          {messages.signIn.submit}
        </Submit>
      </form>
    </Card>
  );
}
