/**
 * Asks for the password before two-factor authentication is turned on or off, or its backup codes are replaced; and for a
 * code once it is on, since a password alone must not weaken it.
 */
import { useNnoAuthClient } from "@neutrino-io/sdk";
import { call } from "../data/call.ts";
import { useUiAuth } from "../host/provider.tsx";
import { Submit } from "../primitives/button.tsx";
import { Field, PasswordField } from "../primitives/fields.tsx";
import { useForm } from "../primitives/form.ts";
import { StepUpError } from "../primitives/step-up-error.tsx";

export interface Enrolment {
  totpURI?: string;
  backupCodes?: string[];
}

interface StepUpFormProps {
  hasPassword: boolean;
  action: "enable" | "disable" | "replace";
  onDone: (answer: Enrolment) => void;
}

export const routes = {
  enable: "/two-factor/enable",
  disable: "/two-factor/disable",
  replace: "/two-factor/generate-backup-codes",
};

/** Asks for the password, and for a code where the action needs one. For an account without a password, the Worker requires a recent sign-in. */
export function StepUpForm({ hasPassword, action, onDone }: StepUpFormProps) {
  const client = useNnoAuthClient();
  const { messages } = useUiAuth();
  const asksCode = action !== "enable";
  const form = useForm(async ({ password = "", code = "" }) => {
    const body = { ...(hasPassword ? { password } : {}), ...(asksCode ? { code } : {}) };
    const outcome = await call<Enrolment>(() =>
      client.$fetch(routes[action], { method: "POST", body }),
    );
    if (!outcome.ok) return outcome.failure;
    onDone(outcome.data);
    return undefined;
  });
  const labels = {
    enable: messages.common.continue,
    disable: messages.enrolment.disable,
    replace: messages.enrolment.newCodes,
  };
  return (
    <form {...form.props} className="nno-form">
      {hasPassword && (
        <PasswordField
          form={form}
          name="password"
          label={messages.common.password}
          autoComplete="current-password"
        />
      )}
      {asksCode && (
        <Field
          form={form}
          name="code"
          label={messages.enrolment.anyCode}
          hint={messages.enrolment.anyCodeHint}
          autoComplete="one-time-code"
          required
          maxLength={64}
        />
      )}
      <StepUpError failure={form.failure} />
      <Submit form={form} look={action === "disable" ? "danger" : "primary"}>
        {labels[action]}
      </Submit>
    </form>
  );
}
