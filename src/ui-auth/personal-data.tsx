/** Taking one's data along, and leaving. */
import { useNnoAuthClient, useNnoSession, type NnoAuthClient } from "@neutrino-io/sdk";
import { useState } from "react";
import { call, type Failure, type Outcome } from "./call.ts";
import { Section } from "./card.tsx";
import { downloadFile } from "./copy.tsx";
import { Dialog } from "./dialog.tsx";
import { Button, ErrorNote, Field, PasswordField, Submit, useForm } from "./form.tsx";
import { useUiAuth } from "./provider.tsx";
import { StepUpError, usePasswordState } from "./without-password.tsx";

export function ExportData() {
  const client = useNnoAuthClient();
  const { session } = useNnoSession();
  const { messages } = useUiAuth();
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure>();

  const save = async () => {
    setBusy(true);
    const [account, sessions, accounts, tenants, invitations] = await Promise.all([
      call<object>(() => client.$fetch("/session")),
      call(() => client.listSessions()),
      call(() => client.listAccounts()),
      readTenants(client),
      call<object[]>(() => client.$fetch("/organization/list-user-invitations")),
    ]);
    setBusy(false);
    // All or nothing: a file with a part missing looks complete.
    for (const outcome of [account, sessions, accounts, tenants, invitations]) {
      if (outcome.ok) continue;
      setFailure(outcome.failure);
      return;
    }
    setFailure(undefined);
    const data = {
      exportedAt: new Date().toISOString(),
      account: account.ok && account.data,
      // A session's token signs in: it is no data about a person, and has no place in a file.
      sessions: sessions.ok && sessions.data.map(withoutToken),
      signInMethods: accounts.ok && accounts.data,
      tenants: tenants.ok && tenants.data,
      invitations: invitations.ok && invitations.data,
    };
    const text = `${JSON.stringify(data, null, 2)}\n`;
    downloadFile(messages.profile.dataFileName, "application/json", text);
  };
  // A file of somebody's data is theirs to take, not the admin's who acts as them.
  if (session?.impersonatedBy != null) return null;
  return (
    <Section
      title={messages.profile.dataTitle}
      text={messages.profile.dataText}
      action={
        <Button busy={busy} onClick={() => void save()}>
          {messages.profile.export}
        </Button>
      }
    >
      <ErrorNote failure={failure} />
    </Section>
  );
}

/** The tenants, with one's role in each. */
async function readTenants(client: NnoAuthClient): Promise<Outcome<object[]>> {
  const list = await call(() => client.organization.list());
  if (!list.ok) return list;
  const tenants: object[] = [];
  for (const tenant of list.data) {
    const answer = await call<{ role: string }>(() =>
      client.$fetch("/organization/get-active-member-role", {
        query: { organizationId: tenant.id },
      }),
    );
    // A tenant whose policy is not met tells nothing but that it is there.
    if (!answer.ok && answer.failure.status !== 403) return answer;
    tenants.push({ ...tenant, role: answer.ok ? answer.data.role : null });
  }
  return { ok: true, data: tenants };
}

function withoutToken<Session extends { token: string }>(session: Session): Omit<Session, "token"> {
  const { token: _, ...rest } = session;
  return rest;
}

export function DeleteAccount() {
  const client = useNnoAuthClient();
  const { session, user } = useNnoSession();
  const { hasPassword, loading } = usePasswordState();
  const { messages, paths, navigate } = useUiAuth();
  const words = messages.profile;
  const [open, setOpen] = useState(false);
  const form = useForm(async ({ password = "" }) => {
    const outcome = await call(() => client.deleteUser(hasPassword ? { password } : {}));
    if (!outcome.ok) return outcome.failure;
    navigate(paths.signIn);
    return undefined;
  });
  // Whoever acts as somebody else cannot know the password, and must not try.
  if (session?.impersonatedBy != null) return null;
  return (
    <Section
      title={words.deleteTitle}
      text={words.deleteText}
      tone="danger"
      action={
        <Button look="danger" disabled={loading} onClick={() => setOpen(true)}>
          {words.delete}
        </Button>
      }
    >
      <Dialog
        open={open}
        onOpenChange={setOpen}
        title={words.deleteConfirm}
        text={words.deleteConfirmText}
      >
        <form {...form.props} className="nno-form">
          {hasPassword ? (
            <PasswordField
              form={form}
              name="password"
              label={messages.common.password}
              autoComplete="current-password"
            />
          ) : (
            <Field
              form={form}
              name="address"
              label={words.typeAddress(user.email)}
              autoComplete="off"
              autoCapitalize="none"
              spellCheck={false}
              required
              pattern={literalPattern(user.email)}
            />
          )}
          <StepUpError failure={form.failure} />
          <div className="nno-dialog-actions">
            <Button onClick={() => setOpen(false)}>{messages.common.cancel}</Button>
            <Submit form={form} look="danger">
              {words.delete}
            </Submit>
          </div>
        </form>
      </Dialog>
    </Section>
  );
}

/** What matches exactly `text` in an input's `pattern`, which is a regular expression with the `v` flag. */
function literalPattern(text: string): string {
  return text.replaceAll(/./gu, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
}
