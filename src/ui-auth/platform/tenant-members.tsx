/** The members of any tenant, as platform admins see them. */
import { useList } from "../data/use-pages.ts";
import { useUiAuth } from "../host/provider.tsx";
import { Button } from "../primitives/button.tsx";
import { LoadNote } from "../primitives/load-note.tsx";

interface TenantMember {
  id: string;
  role: string;
  user: { name: string; email: string };
}

export function TenantMembers({ tenantId }: { tenantId: string }) {
  const { messages } = useUiAuth();
  const list = useList<TenantMember>(`/platform/tenants/${tenantId}/members`, "members");
  const { items, more } = list;
  return (
    <>
      <LoadNote load={list} />
      <ul className="nno-list">
        {items?.map(({ id, role, user }) => (
          <li key={id}>
            <div className="nno-item">
              <strong>{user.name}</strong>
              <small>{user.email}</small>
            </div>
            <span className="nno-badge">{messages.members.roles[role] ?? role}</span>
          </li>
        ))}
      </ul>
      {more !== undefined && (
        <Button onClick={() => void more()}>{messages.common.loadMore}</Button>
      )}
    </>
  );
}
