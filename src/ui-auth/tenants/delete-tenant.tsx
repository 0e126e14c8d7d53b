/** The section that deletes a tenant, for members with the permission to delete it. */
import { type NnoTenant, useNnoAuthClient, usePermission } from "@neutrino-io/sdk";
import { useState } from "react";
import { call } from "../data/call.ts";
import { useUiAuth } from "../host/provider.tsx";
import { Button } from "../primitives/button.tsx";
import { Section } from "../primitives/card.tsx";
import { Confirm } from "../primitives/dialog.tsx";

export function DeleteTenant({ tenant }: { tenant: NnoTenant }) {
  const client = useNnoAuthClient();
  const mayDelete = usePermission("organization:delete");
  const { messages, paths, navigate } = useUiAuth();
  const words = messages.tenants;
  const [asked, setAsked] = useState(false);
  const remove = async () => {
    const outcome = await call(() => client.organization.delete({ organizationId: tenant.id }));
    if (!outcome.ok) return outcome.failure;
    navigate(paths.home);
    return undefined;
  };
  if (!mayDelete) return null;
  return (
    <Section
      title={words.delete}
      text={words.deleteText}
      tone="danger"
      action={
        <Button look="danger" onClick={() => setAsked(true)}>
          {words.delete}
        </Button>
      }
    >
      <Confirm
        open={asked}
        onOpenChange={setAsked}
        title={words.deleteTitle(tenant.name)}
        text={words.deleteText}
        action={words.delete}
        onConfirm={remove}
      />
    </Section>
  );
}
