/** The profile section that changes the password, or sets the first one by a mailed link. */
import { useNnoAuthClient, useNnoSession } from "@neutrino-io/sdk";
import { useState } from "react";
import { usePasswordState } from "../data/accounts.ts";
import { call } from "../data/call.ts";
import { useSignInOptions } from "../data/sign-in-options.ts";
import { useUiAuth } from "../host/provider.tsx";
import { Submit } from "../primitives/button.tsx";
import { Loading, Section } from "../primitives/card.tsx";
import { PasswordField } from "../primitives/fields.tsx";
import { useForm } from "../primitives/form.ts";
import { FormError, StatusNote } from "../primitives/notes.tsx";

export function ChangePassword() {
  const { hasPassword, loading } = usePasswordState();
  const { messages } = useUiAuth();
  if (loading) {
    return (
      <Section title={messages.profile.passwordTitle}>
        <Loading />
      </Section>
    );
  }
  return hasPassword ? <ReplacePassword /> : <FirstPassword />;
}

function FirstPassword() {
  const client = useNnoAuthClient();
  const { user } = useNnoSession();
  const { messages } = useUiAuth();
  const [sent, setSent] = useState(false);
  const form = useForm(async () => {
    setSent(false);
    const outcome = await call(() => client.requestPasswordReset({ email: user.email }));
    if (!outcome.ok) return outcome.failure;
    setSent(true);
    return undefined;
  });
  return (
    <Section title={messages.profile.passwordTitle} text={messages.profile.noPassword(user.email)}>
      <form {...form.props} className="nno-form">
        <FormError form={form} />
        <StatusNote>{sent ? messages.profile.passwordLinkSent(user.email) : undefined}</StatusNote>
        <Submit form={form} look="plain">
          {messages.profile.setPassword}
        </Submit>
      </form>
    </Section>
  );
}

function ReplacePassword() {
  const client = useNnoAuthClient();
  const { user } = useNnoSession();
  const { messages } = useUiAuth();
  const { minPasswordLength, minPasswordLengthWithTwoFactor } = useSignInOptions();
  const minLength = user.twoFactorEnabled ? minPasswordLengthWithTwoFactor : minPasswordLength;
  const [changes, setChanges] = useState(0);
  const form = useForm(async ({ currentPassword = "", newPassword = "" }) => {
    const outcome = await call(() => client.changePassword({ currentPassword, newPassword }));
    if (!outcome.ok) return outcome.failure;
    setChanges((before) => before + 1);
    return undefined;
  });
  return (
    <Section title={messages.profile.passwordTitle} text={messages.profile.passwordText}>
      {/* The key empties the form after each change. */}
      <form {...form.props} key={changes} className="nno-form">
        {/* Tells password managers which account the new password is for. */}
        <input type="hidden" name="username" autoComplete="username" value={user.email} readOnly />
        <PasswordField
          form={form}
          name="currentPassword"
          label={messages.profile.currentPassword}
          autoComplete="current-password"
        />
        <PasswordField
          form={form}
          name="newPassword"
          label={messages.profile.newPassword}
          hint={messages.common.passwordHint(minLength)}
          minLength={minLength}
          autoComplete="new-password"
        />
        <FormError form={form} />
        <Submit form={form} look="plain">
          {messages.profile.changePassword}
        </Submit>
      </form>
      <StatusNote>{changes > 0 ? messages.profile.passwordChanged : undefined}</StatusNote>
    </Section>
  );
}
