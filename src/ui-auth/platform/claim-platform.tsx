/** The page where the first platform admin claims the platform. The token is in the fragment, which no server receives. */
import { useNnoAuthClient, useNnoSession } from "@neutrino-io/sdk";
import { useState } from "react";
import { call } from "../data/call.ts";
import { useSignInOptions } from "../data/sign-in-options.ts";
import { Link } from "../host/link.tsx";
import { useUiAuth } from "../host/provider.tsx";
import { Submit } from "../primitives/button.tsx";
import { Card, Loading } from "../primitives/card.tsx";
import { Field, PasswordField } from "../primitives/fields.tsx";
import { useForm } from "../primitives/form.ts";
import { FormError } from "../primitives/notes.tsx";

export function ClaimPlatform() {
  const client = useNnoAuthClient();
  const { status, user } = useNnoSession();
  const { messages, paths } = useUiAuth();
  const { minPasswordLength } = useSignInOptions();
  const [done, setDone] = useState(false);
  const token = new URLSearchParams(window.location.hash.slice(1)).get("token");
  const signedIn = status === "signed-in";

  const form = useForm(async ({ name = "", email = "", password = "" }) => {
    const account = { name, email, password };
    const outcome = await call(() =>
      client.$fetch("/platform/claim", {
        method: "POST",
        body: signedIn ? { token } : { token, account },
      }),
    );
    if (!outcome.ok) return outcome.failure;
    setDone(true);
    return undefined;
  });

  if (token === null) {
    return (
      <Card
        title={messages.claim.title}
        text={messages.claim.missing}
        footer={<Link to={paths.signIn}>{messages.common.backToSignIn}</Link>}
      />
    );
  }
  if (done) {
    return (
      <Card
        key="done"
        announced
        title={messages.claim.done}
        text={signedIn ? messages.claim.doneSignedIn : messages.claim.doneText}
      >
        <Link
          to={signedIn ? paths.profile : `${paths.signIn}?callbackURL=${paths.profile}`}
          className="nno-button nno-button-primary nno-button-wide"
        >
          {signedIn ? messages.common.continue : messages.signIn.submit}
        </Link>
      </Card>
    );
  }
  if (status === "loading")
    return (
      <Card title={messages.claim.title}>
        <Loading />
      </Card>
    );
  return (
    <Card key="form" title={messages.claim.title} text={messages.claim.text}>
      <form {...form.props} className="nno-form">
        {!signedIn && (
          <>
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
          </>
        )}
        <FormError form={form} />
        <Submit form={form} className="nno-button-wide">
          {signedIn ? messages.claim.asUser(user?.email ?? "") : messages.claim.submit}
        </Submit>
      </form>
    </Card>
  );
}
