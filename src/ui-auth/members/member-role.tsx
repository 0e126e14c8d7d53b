/**
 * The select that changes a member's role. Selecting changes nothing yet, because arrow keys select each option that they
 * pass (WCAG 3.2.2): a button applies the change, and making somebody an owner has to be confirmed.
 */
import { useRef, useState } from "react";
import { useUiAuth } from "../host/provider.tsx";
import { Button } from "../primitives/button.tsx";
import { Confirm } from "../primitives/dialog.tsx";
import { RoleOptions } from "../roles/role-options.tsx";

interface MemberRoleProps {
  tenantId: string;
  name: string;
  role: string;
  onChange: (role: string) => Promise<void>;
}

export function MemberRole({ tenantId, name, role, onChange }: MemberRoleProps) {
  const { messages } = useUiAuth();
  const words = messages.members;
  const select = useRef<HTMLSelectElement>(null);
  const [wanted = role, setWanted] = useState<string>();
  const [asked, setAsked] = useState(false);
  const [busy, setBusy] = useState(false);
  const change = async () => {
    setBusy(true);
    await onChange(wanted);
    setBusy(false);
    // The button that has the focus disappears. The select returns to the role that the server has, even after a failure.
    select.current?.focus();
    setWanted(undefined);
  };
  const label = words.roles[wanted] ?? wanted;
  return (
    <>
      <select
        ref={select}
        className="nno-select"
        aria-label={words.roleOf(name)}
        value={wanted}
        onChange={(event) => setWanted(event.currentTarget.value)}
      >
        <RoleOptions tenantId={tenantId} present={role} />
      </select>
      {wanted !== role && (
        <Button
          look="primary"
          className="nno-button-small"
          busy={busy}
          aria-label={words.changeRoleNamed(name, label)}
          onClick={() => (wanted === "owner" ? setAsked(true) : void change())}
        >
          {words.changeRole}
        </Button>
      )}
      <Confirm
        open={asked}
        onOpenChange={setAsked}
        title={words.ownerTitle(name)}
        text={words.ownerText}
        action={words.changeRole}
        onConfirm={async () => change().then(() => undefined)}
      />
    </>
  );
}
