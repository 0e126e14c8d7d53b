/** The form that bans a user, with an optional reason. */
import { useNnoAuthClient } from "@neutrino-io/sdk";
import { call } from "../data/call.ts";
import { useUiAuth } from "../host/provider.tsx";
import { Submit } from "../primitives/button.tsx";
import { Field } from "../primitives/fields.tsx";
import { useForm } from "../primitives/form.ts";
import { StepUpError } from "../primitives/step-up-error.tsx";

export function BanForm({ userId, onDone }: { userId: string; onDone: () => void }) {
  const client = useNnoAuthClient();
  const { messages } = useUiAuth();
  const form = useForm(async ({ reason = "" }) => {
    const outcome = await call(() =>
      client.admin.banUser({
        userId,
        ...(reason.trim() === "" ? {} : { banReason: reason.trim() }),
      }),
    );
    if (!outcome.ok) return outcome.failure;
    onDone();
    return undefined;
  });
  return (
    <form {...form.props} className="nno-form">
      <Field form={form} name="reason" label={messages.users.reason} maxLength={256} />
      <StepUpError failure={form.failure} />
      <Submit form={form} look="danger">
        {messages.users.ban}
      </Submit>
    </form>
  );
}
