/** The active tenant's people: members with their roles, and the invitations that are open. */
import { useNnoAuthClient, useNnoSession, useTenant } from "@neutrino-io/sdk";
import { useState } from "react";
import { call, type Failure } from "./call.ts";
import { Loading, Page, Section } from "./card.tsx";
import { Confirm } from "./dialog.tsx";
import { Button, ErrorNote, StatusNote } from "./form.tsx";
import { Invitations } from "./invitations.tsx";
import { useLoad } from "./load.ts";
import { useUiAuth } from "./provider.tsx";
import { TenantPolicy } from "./tenant-policy.tsx";
import { NewTenantDialog } from "./tenant-switcher.tsx";

interface Member {
  id: string;
  userId: string;
  role: string;
  user: { name: string; email: string };
}

export function Members() {
  const { tenant, status } = useTenant();
  const { messages } = useUiAuth();
  const [creating, setCreating] = useState(false);
  if (tenant === null) {
    return (
      <Page title={messages.members.title}>
        <Section
          title={messages.tenants.choose}
          text={status === "loading" ? messages.common.loading : messages.members.none}
          action={
            <Button look="primary" onClick={() => setCreating(true)}>
              {messages.tenants.create}
            </Button>
          }
        />
        <NewTenantDialog open={creating} onOpenChange={setCreating} />
      </Page>
    );
  }
  const mayManage = /\b(owner|admin)\b/.test(tenant.role);
  return (
    <Page title={tenant.name}>
      <MemberList key={tenant.id} tenantId={tenant.id} mayManage={mayManage} />
      {mayManage && <TenantPolicy key={`${tenant.id}-policy`} tenantId={tenant.id} />}
      {mayManage && <Invitations key={`${tenant.id}-invitations`} tenantId={tenant.id} />}
    </Page>
  );
}

interface MemberListProps {
  tenantId: string;
  mayManage: boolean;
}

function MemberList({ tenantId, mayManage }: MemberListProps) {
  const client = useNnoAuthClient();
  const { user } = useNnoSession();
  const { messages, paths, navigate } = useUiAuth();
  const words = messages.members;
  const [leaving, setLeaving] = useState<Member>();
  const [refused, setRefused] = useState<Failure>();
  const [done, setDone] = useState<string>();
  const { data, failure, loading, reload } = useLoad(`members ${tenantId}`, () =>
    call(() => client.organization.listMembers({ query: { organizationId: tenantId } })),
  );
  const members: Member[] = data?.members ?? [];

  const setRole = async (member: Member, role: string) => {
    setDone(undefined);
    const outcome = await call(() =>
      client.organization.updateMemberRole({
        memberId: member.id,
        role,
        organizationId: tenantId,
      }),
    );
    setRefused(outcome.ok ? undefined : outcome.failure);
    if (outcome.ok) setDone(words.roleChanged(member.user.name));
    await reload();
  };
  const remove = async (member: Member) => {
    const own = member.userId === user.id;
    const outcome = own
      ? await call<unknown>(() => client.organization.leave({ organizationId: tenantId }))
      : await call<unknown>(() =>
          client.organization.removeMember({
            memberIdOrEmail: member.id,
            organizationId: tenantId,
          }),
        );
    if (!outcome.ok) return outcome.failure;
    if (own) navigate(paths.home);
    else await reload();
    return undefined;
  };
  const own = leaving?.userId === user.id;

  return (
    <Section title={words.title} text={data && words.count(members.length)}>
      {loading && <Loading />}
      <ErrorNote failure={refused ?? failure} />
      <StatusNote>{done}</StatusNote>
      <ul className="nno-list">
        {members.map((member) => (
          <li key={member.id}>
            <div className="nno-item">
              <strong>{member.user.name}</strong>{" "}
              {member.userId === user.id && <span className="nno-badge">{words.you}</span>}
              <small>{member.user.email}</small>
            </div>
            <div className="nno-buttons">
              {mayManage ? (
                <RoleSelect
                  label={words.roleOf(member.user.name)}
                  value={member.role}
                  onChange={(role) => void setRole(member, role)}
                />
              ) : (
                <span className="nno-badge">{words.roles[member.role] ?? member.role}</span>
              )}
              {(mayManage || member.userId === user.id) && (
                <Button
                  className="nno-button-small"
                  aria-label={
                    member.userId === user.id ? words.leave : words.removeNamed(member.user.name)
                  }
                  onClick={() => setLeaving(member)}
                >
                  {member.userId === user.id ? words.leave : words.remove}
                </Button>
              )}
            </div>
          </li>
        ))}
      </ul>
      <Confirm
        open={leaving !== undefined}
        onOpenChange={(open) => !open && setLeaving(undefined)}
        title={own ? words.leaveTitle : words.removeTitle(leaving?.user.name ?? "")}
        text={own ? words.leaveText : words.removeText}
        action={own ? words.leave : words.remove}
        onConfirm={async () => (leaving === undefined ? undefined : remove(leaving))}
      />
    </Section>
  );
}

interface RoleSelectProps {
  label: string;
  value: string;
  onChange: (role: string) => void;
}

function RoleSelect({ label, value, onChange }: RoleSelectProps) {
  const { messages } = useUiAuth();
  const { roles } = messages.members;
  // A tenant may have roles of its own: whoever has one keeps it in the list.
  const names = Object.keys(roles).includes(value)
    ? Object.keys(roles)
    : [value, ...Object.keys(roles)];
  return (
    <select
      className="nno-select"
      aria-label={label}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
    >
      {names.map((role) => (
        <option key={role} value={role}>
          {roles[role] ?? role}
        </option>
      ))}
    </select>
  );
}
