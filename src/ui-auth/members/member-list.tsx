/** The members of a tenant: changing their roles, removing them, and leaving. */
import { useNnoAuthClient, useNnoSession, usePermission } from "@neutrino-io/sdk";
import { useState } from "react";
import { call, type Failure } from "../data/call.ts";
import { useList } from "../data/use-pages.ts";
import { useUiAuth } from "../host/provider.tsx";
import { Button } from "../primitives/button.tsx";
import { Section } from "../primitives/card.tsx";
import { Confirm } from "../primitives/dialog.tsx";
import { LoadNote } from "../primitives/load-note.tsx";
import { StatusNote } from "../primitives/notes.tsx";
import { StepUpError } from "../primitives/step-up-error.tsx";
import { MemberRole } from "./member-role.tsx";

interface Member {
  id: string;
  userId: string;
  role: string;
  user: { name: string; email: string };
}

export function MemberList({ tenantId }: { tenantId: string }) {
  const client = useNnoAuthClient();
  const { user } = useNnoSession();
  const { messages, paths, navigate } = useUiAuth();
  const words = messages.members;
  const mayChange = usePermission("member:update");
  const mayRemove = usePermission("member:delete");
  const [leaving, setLeaving] = useState<Member>();
  const [refused, setRefused] = useState<Failure>();
  const [done, setDone] = useState<string>();
  const list = useList<Member>("/organization/members", "members", { organizationId: tenantId });
  const { items, reload, more } = list;
  const members = items ?? [];

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
      <LoadNote load={list} />
      <StepUpError failure={refused} />
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
              {mayChange ? (
                <MemberRole
                  tenantId={tenantId}
                  name={member.user.name}
                  role={member.role}
                  onChange={async (role) => setRole(member, role)}
                />
              ) : (
                <span className="nno-badge">{words.roles[member.role] ?? member.role}</span>
              )}
              {(mayRemove || member.userId === user.id) && (
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
