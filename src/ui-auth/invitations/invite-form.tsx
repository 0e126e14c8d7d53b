/** The form that invites somebody to a tenant. */
import { useNnoAuthClient } from "@neutrino-io/sdk";
import { useId } from "react";
import { call } from "../data/call.ts";
import { useUiAuth } from "../host/provider.tsx";
import { Submit } from "../primitives/button.tsx";
import { Field } from "../primitives/fields.tsx";
import { useForm } from "../primitives/form.ts";
import { StepUpError } from "../primitives/step-up-error.tsx";
import { RoleOptions } from "../roles/role-options.tsx";

interface InviteFormProps {
  tenantId: string;
  /** @param isMailed false when the address has got so many invitations that this one was not mailed. */
  onInvited: (email: string, isMailed: boolean) => void;
}

export function InviteForm({ tenantId, onInvited }: InviteFormProps) {
  const client = useNnoAuthClient();
  const { messages } = useUiAuth();
  const roleId = useId();
  const form = useForm(async ({ email = "", role = "member" }) => {
    const outcome = await call(() =>
      client.organization.inviteMember({
        email,
        role,
        organizationId: tenantId,
      }),
    );
    if (!outcome.ok) return outcome.failure;
    onInvited(email, !("mailSent" in outcome.data && outcome.data.mailSent === false));
    return undefined;
  });
  return (
    <form {...form.props} className="nno-form">
      <Field
        form={form}
        name="email"
        type="email"
        label={messages.common.email}
        autoComplete="off"
        required
        maxLength={254}
      />
      <div className="nno-field">
        <label htmlFor={roleId}>{messages.members.role}</label>
        <select id={roleId} name="role" className="nno-select" defaultValue="member">
          <RoleOptions tenantId={tenantId} />
        </select>
      </div>
      <StepUpError failure={form.failure} />
      <Submit form={form}>{messages.members.invite}</Submit>
    </form>
  );
}
