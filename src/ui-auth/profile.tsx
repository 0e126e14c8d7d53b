/** Everything that people decide about their own account, in sections that are usable alone too. */
import { useNnoAuthClient, useNnoSession } from "@neutrino-io/sdk";
import { useState } from "react";
import { call } from "./call.ts";
import { Loading, Page, Section } from "./card.tsx";
import { ConnectedAccounts } from "./connected-accounts.tsx";
import { Field, FormError, PasswordField, StatusNote, Submit, useForm } from "./form.tsx";
import { DeleteAccount, ExportData } from "./personal-data.tsx";
import { useUiAuth } from "./provider.tsx";
import { Sessions } from "./sessions.tsx";
import { useSignInOptions } from "./sign-in-options.tsx";
import { TwoFactorEnrolment } from "./two-factor-enrolment.tsx";
import { StepUpError, usePasswordState } from "./without-password.tsx";

export function Profile() {
  const { session } = useNnoSession();
  const { messages } = useUiAuth();
  if (session === null) return <Loading />;
  return (
    <Page title={messages.profile.title}>
      <ProfileDetails />
      <ChangeEmail />
      <ChangePassword />
      <TwoFactorEnrolment />
      <Sessions />
      <ConnectedAccounts />
      <ExportData />
      <DeleteAccount />
    </Page>
  );
}

export function ProfileDetails() {
  const client = useNnoAuthClient();
  const { user } = useNnoSession();
  const { messages } = useUiAuth();
  const [saved, setSaved] = useState(false);
  const form = useForm(async ({ name = "" }) => {
    setSaved(false);
    const outcome = await call(() => client.updateUser({ name: name.trim() }));
    if (!outcome.ok) return outcome.failure;
    setSaved(true);
    return undefined;
  });
  return (
    <Section title={messages.profile.details}>
      <form {...form.props} className="nno-form">
        <Field
          form={form}
          name="name"
          label={messages.common.name}
          defaultValue={user.name}
          autoComplete="name"
          required
          maxLength={256}
        />
        <FormError form={form} />
        <StatusNote>{saved ? messages.common.saved : undefined}</StatusNote>
        <Submit form={form} look="plain">
          {messages.common.save}
        </Submit>
      </form>
    </Section>
  );
}

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

/** Changes the password, or sets the first by a mailed link. */
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
      {/* Emptied after each change. */}
      <form {...form.props} key={changes} className="nno-form">
        {/* Password managers keep the new password for this account. */}
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
