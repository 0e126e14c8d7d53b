/** The profile section that deletes the account. */
import { useNnoAuthClient, useNnoSession } from "@neutrino-io/sdk";
import { useState } from "react";
import { usePasswordState } from "../data/accounts.ts";
import { call } from "../data/call.ts";
import { useUiAuth } from "../host/provider.tsx";
import { Button, Submit } from "../primitives/button.tsx";
import { Section } from "../primitives/card.tsx";
import { Dialog } from "../primitives/dialog.tsx";
import { Field, PasswordField } from "../primitives/fields.tsx";
import { useForm } from "../primitives/form.ts";
import { StepUpError } from "../primitives/step-up-error.tsx";

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
  // An impersonating admin does not know the password and must not guess it.
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

/** A value for the `pattern` of an input, a regular expression with the `v` flag, that matches exactly `text`. */
function literalPattern(text: string): string {
  return text.replaceAll(/./gu, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
}
