/** The second step of a sign-in, which asks for a code from the authenticator or a backup code. */
import { useNnoAuthClient } from "@neutrino-io/sdk";
import { useState } from "react";
import { call } from "../data/call.ts";
import { keepDestination, readDestination } from "../host/destination.ts";
import { Link } from "../host/link.tsx";
import { useUiAuth } from "../host/provider.tsx";
import { Button, Submit } from "../primitives/button.tsx";
import { Card } from "../primitives/card.tsx";
import { CodeField } from "../primitives/code-field.tsx";
import { Checkbox, Field } from "../primitives/fields.tsx";
import { useForm } from "../primitives/form.ts";
import { FormError } from "../primitives/notes.tsx";

export interface TwoFactorChallengeProps {
  /** Replaces the navigation to the `callbackURL` of the query, or home. */
  onSignedIn?: () => void;
}

export function TwoFactorChallenge({ onSignedIn }: TwoFactorChallengeProps) {
  const client = useNnoAuthClient();
  const { messages, paths, navigate } = useUiAuth();
  const [method, setMethod] = useState<"totp" | "backup">("totp");
  const [attempt, setAttempt] = useState(0);
  const { search } = window.location;

  const form = useForm(async ({ code = "", trust }) => {
    const body = { code: code.trim(), trustDevice: trust === "on" };
    const outcome = await call(() =>
      method === "totp"
        ? client.twoFactor.verifyTotp(body)
        : client.twoFactor.verifyBackupCode(body),
    );
    if (!outcome.ok) {
      // Remounts the field, which empties it for the next code.
      setAttempt((before) => before + 1);
      return outcome.failure;
    }
    if (onSignedIn === undefined) navigate(readDestination(search, paths.home));
    else onSignedIn();
    return undefined;
  });
  const change = () => {
    form.fail(undefined);
    setMethod(method === "totp" ? "backup" : "totp");
  };

  return (
    <Card
      title={messages.twoFactor.title}
      text={method === "totp" ? messages.twoFactor.totpText : messages.twoFactor.backupText}
      footer={
        <Link to={keepDestination(paths.signIn, search)}>{messages.twoFactor.startAgain}</Link>
      }
    >
      <form {...form.props} className="nno-form">
        {/* Stands before the code, because the last digit submits the form (WCAG 3.2.2). */}
        <Checkbox name="trust" label={messages.twoFactor.trust} />
        {method === "totp" ? (
          <CodeField key={attempt} form={form} label={messages.twoFactor.code} autoFocus />
        ) : (
          <Field
            key={`backup-${String(attempt)}`}
            form={form}
            name="code"
            label={messages.twoFactor.backupCode}
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
            autoFocus
            required
            maxLength={64}
          />
        )}
        <FormError form={form} />
        <Submit form={form} className="nno-button-wide">
          {messages.twoFactor.submit}
        </Submit>
        <Button look="quiet" className="nno-button-wide" onClick={change}>
          {method === "totp" ? messages.twoFactor.useBackup : messages.twoFactor.useTotp}
        </Button>
      </form>
    </Card>
  );
}
