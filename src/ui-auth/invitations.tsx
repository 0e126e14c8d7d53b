/** The open invitations of a tenant: sending one, and taking it back. */
import { useNnoAuthClient, usePermission } from "@neutrino-io/sdk";
import { useId, useState } from "react";
import { call, type Failure } from "./call.ts";
import { Section } from "./card.tsx";
import { Dialog } from "./dialog.tsx";
import { Button, ErrorNote, Field, StatusNote, Submit, useForm } from "./form.tsx";
import { formatDate } from "./format.ts";
import { LoadNote } from "./load-note.tsx";
import { useLoad } from "./load.ts";
import { RoleOptions } from "./role-options.tsx";
import { useUiAuth } from "./provider.tsx";
import { StepUpError } from "./without-password.tsx";

export function Invitations({ tenantId }: { tenantId: string }) {
  const client = useNnoAuthClient();
  const { messages } = useUiAuth();
  const words = messages.members;
  const [inviting, setInviting] = useState(false);
  const [invited, setInvited] = useState<string>();
  const [refused, setRefused] = useState<Failure>();
  const mayInvite = usePermission("invitation:create");
  const mayWithdraw = usePermission("invitation:cancel");
  const loaded = useLoad(`invitations ${tenantId}`, () =>
    call(() => client.organization.listInvitations({ query: { organizationId: tenantId } })),
  );
  const { data, reload } = loaded;
  const open = (data ?? []).filter(
    ({ status, expiresAt }) => status === "pending" && new Date(expiresAt) > new Date(),
  );
  const withdraw = async (invitationId: string) => {
    const outcome = await call(() => client.organization.cancelInvitation({ invitationId }));
    setRefused(outcome.ok ? undefined : outcome.failure);
    await reload();
  };
  return (
    <Section
      title={words.invitations}
      text={data !== undefined && open.length === 0 ? words.noInvitations : undefined}
      action={
        mayInvite && (
          <Button look="primary" onClick={() => setInviting(true)}>
            {words.invite}
          </Button>
        )
      }
    >
      <LoadNote of={loaded} quiet />
      <ErrorNote failure={refused} />
      <StatusNote>{invited === undefined ? undefined : words.invited(invited)}</StatusNote>
      {open.length > 0 && (
        <ul className="nno-list">
          {open.map(({ id, email, role, expiresAt }) => (
            <li key={id}>
              <div className="nno-item">
                <strong>{email}</strong>
                <small>
                  {words.roles[role] ?? role} · {words.expires(formatDate(expiresAt))}
                </small>
              </div>
              {mayWithdraw && (
                <Button
                  className="nno-button-small"
                  aria-label={words.withdrawNamed(email)}
                  onClick={() => void withdraw(id)}
                >
                  {words.withdraw}
                </Button>
              )}
            </li>
          ))}
        </ul>
      )}
      <Dialog open={inviting} onOpenChange={setInviting} title={words.inviteTitle}>
        <InviteForm
          tenantId={tenantId}
          onInvited={(email) => {
            setInvited(email);
            setInviting(false);
            void reload();
          }}
        />
      </Dialog>
    </Section>
  );
}

interface InviteFormProps {
  tenantId: string;
  onInvited: (email: string) => void;
}

function InviteForm({ tenantId, onInvited }: InviteFormProps) {
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
    onInvited(email);
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
