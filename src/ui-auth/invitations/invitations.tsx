/** The section that lists the open invitations of a tenant, sends new ones and withdraws them. */
import { useNnoAuthClient, usePermission } from "@neutrino-io/sdk";
import { useState } from "react";
import { call, type Failure } from "../data/call.ts";
import { useLoad } from "../data/use-load.ts";
import { useUiAuth } from "../host/provider.tsx";
import { Button } from "../primitives/button.tsx";
import { Section } from "../primitives/card.tsx";
import { Dialog } from "../primitives/dialog.tsx";
import { LoadNote } from "../primitives/load-note.tsx";
import { ErrorNote, StatusNote } from "../primitives/notes.tsx";
import { formatDate } from "../words/dates.ts";
import { InviteForm } from "./invite-form.tsx";

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
      <LoadNote load={loaded} quiet />
      <ErrorNote failure={refused} />
      <StatusNote>{invited}</StatusNote>
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
          onInvited={(email, isMailed) => {
            setInvited(isMailed ? words.invited(email) : words.invitedWithoutMail(email));
            setInviting(false);
            void reload();
          }}
        />
      </Dialog>
    </Section>
  );
}
