/** The menu that shows the active tenant, switches to another one and creates a new one. */
import { useNnoAuthClient, useTenant } from "@neutrino-io/sdk";
import { useState } from "react";
import { call, type Failure } from "../data/call.ts";
import { useUiAuth } from "../host/provider.tsx";
import { Chevron } from "../primitives/icons.tsx";
import { Menu } from "../primitives/menu.tsx";
import { ErrorNote } from "../primitives/notes.tsx";
import { NewTenantDialog } from "./new-tenant-dialog.tsx";

export function TenantSwitcher() {
  const client = useNnoAuthClient();
  const { tenant, list } = useTenant();
  const { messages } = useUiAuth();
  const words = messages.tenants;
  const [creating, setCreating] = useState(false);
  const [failure, setFailure] = useState<Failure>();
  const [switched, setSwitched] = useState("");

  const activate = async (id: string, name: string) => {
    const outcome = await call(() => client.organization.setActive({ organizationId: id }));
    setFailure(outcome.ok ? undefined : outcome.failure);
    if (outcome.ok) setSwitched(words.switched(name));
  };
  const name = tenant?.name ?? (list.length === 0 ? words.personal : words.choose);
  return (
    <div className="nno-ui">
      <Menu
        label={words.switcher(name)}
        className="nno-switcher"
        trigger={
          <>
            <span>{name}</span>
            <Chevron />
          </>
        }
        items={[
          ...list.map(({ id, name: label }) => ({
            label,
            checked: id === tenant?.id,
            onSelect: () => void activate(id, label),
          })),
          {
            label: words.create,
            onSelect: () => setCreating(true),
            lineBefore: list.length > 0,
          },
        ]}
      />
      <span role="status" className="nno-visually-hidden">
        {switched}
      </span>
      <ErrorNote failure={failure} />
      <NewTenantDialog open={creating} onOpenChange={setCreating} />
    </div>
  );
}
