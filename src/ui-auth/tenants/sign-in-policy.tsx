/** The section that sets what a tenant requires of its members when they sign in, for owners and admins. */
import { useNnoAuthClient, usePermission } from "@neutrino-io/sdk";
import { useState } from "react";
import { call, type Failure } from "../data/call.ts";
import { useLoad } from "../data/use-load.ts";
import { useUiAuth } from "../host/provider.tsx";
import { Section } from "../primitives/card.tsx";
import { Checkbox } from "../primitives/fields.tsx";
import { LoadNote } from "../primitives/load-note.tsx";
import { StatusNote } from "../primitives/notes.tsx";
import { StepUpError } from "../primitives/step-up-error.tsx";

interface TenantPolicyRow {
  id: string;
  requireTwoFactor: boolean;
}

export function TenantPolicy({ tenantId }: { tenantId: string }) {
  return usePermission("organization:update") ? <PolicySection tenantId={tenantId} /> : null;
}

function PolicySection({ tenantId }: { tenantId: string }) {
  const client = useNnoAuthClient();
  const { messages } = useUiAuth();
  const [refused, setRefused] = useState<Failure>();
  const [saved, setSaved] = useState(false);
  const loaded = useLoad(`policy ${tenantId}`, () =>
    call<TenantPolicyRow[]>(() => client.$fetch("/organization/list")),
  );
  const { data, reload } = loaded;
  // Shown until the server confirms the new value.
  const [wanted, setWanted] = useState<boolean>();
  const known = data?.find(({ id }) => id === tenantId)?.requireTwoFactor ?? false;

  const change = async (value: boolean) => {
    setSaved(false);
    setWanted(value);
    const body = { organizationId: tenantId, data: { requireTwoFactor: value } };
    const outcome = await call(() =>
      client.$fetch("/organization/update", { method: "POST", body }),
    );
    setRefused(outcome.ok ? undefined : outcome.failure);
    setSaved(outcome.ok);
    await reload();
    setWanted(undefined);
  };
  return (
    <Section title={messages.policy.title} text={messages.policy.twoFactorText}>
      <Checkbox
        label={messages.policy.twoFactor}
        checked={wanted ?? known}
        disabled={data === undefined}
        onChange={(event) => void change(event.currentTarget.checked)}
      />
      <LoadNote load={loaded} quiet />
      <StepUpError failure={refused} />
      <StatusNote>{saved ? messages.common.saved : undefined}</StatusNote>
    </Section>
  );
}
