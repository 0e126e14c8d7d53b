/** The active tenant's people: members with their roles, and the invitations that are open. */
import { useNnoAuthClient, useNnoSession, useTenant } from "@neutrino-io/sdk";
import { useState } from "react";
import { call, type Failure } from "./call.ts";
import { Loading, Page, Section } from "./card.tsx";
import { Confirm } from "./dialog.tsx";
import { Button, ErrorNote, StatusNote } from "./form.tsx";
import { Invitations } from "./invitations.tsx";
import { useTenantRoles } from "./load-roles.ts";
import { useList } from "./pages-of.ts";
import { Link, useUiAuth } from "./provider.tsx";
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
  const { messages, paths } = useUiAuth();
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
    <Page
      title={tenant.name}
      action={
        mayManage && (
          <nav aria-label={messages.members.more} className="nno-buttons">
            <Link to={paths.tenantRoles}>{messages.roles.title}</Link>
            {/\bowner\b/.test(tenant.role) && (
              <Link to={paths.tenantAuditLog}>{messages.audit.title}</Link>
            )}
          </nav>
        )
      }
    >
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
  const { items, failure, loading, reload, more } = useList<Member>(
    "/organization/members",
    "members",
    { organizationId: tenantId },
  );
  const members = items ?? [];
  const roles = useTenantRoles(tenantId).data?.map(({ role }) => role) ?? [];

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
    <Section title={words.title} text={items && more === undefined && words.count(members.length)}>
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
                  own={roles}
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
      {more !== undefined && (
        <Button onClick={() => void more()}>{messages.common.loadMore}</Button>
      )}
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
  /** The tenant's own. */
  own: readonly string[];
  label: string;
  value: string;
  onChange: (role: string) => void;
}

function RoleSelect({ own, label, value, onChange }: RoleSelectProps) {
  const { messages } = useUiAuth();
  const { roles } = messages.members;
  // Whoever has several roles, or one that is not known yet, keeps them in the list.
  const names = [...new Set([...Object.keys(roles), ...own, value])];
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
