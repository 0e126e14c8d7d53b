/** What a tenant asks of its members' sign-ins; owners and admins decide. */
import { useNnoAuthClient } from "@neutrino-io/sdk";
import { useState } from "react";
import { call, type Failure } from "./call.ts";
import { Section } from "./card.tsx";
import { Checkbox, ErrorNote, StatusNote } from "./form.tsx";
import { useLoad } from "./load.ts";
import { useUiAuth } from "./provider.tsx";

interface Policy {
  id: string;
  requireTwoFactor: boolean;
}

export function TenantPolicy({ tenantId }: { tenantId: string }) {
  const client = useNnoAuthClient();
  const { messages } = useUiAuth();
  const [refused, setRefused] = useState<Failure>();
  const [saved, setSaved] = useState(false);
  const { data, failure, reload } = useLoad(`policy ${tenantId}`, () =>
    call<Policy[]>(() => client.$fetch("/organization/list")),
  );
  const requireTwoFactor = data?.find(({ id }) => id === tenantId)?.requireTwoFactor ?? false;

  const change = async (value: boolean) => {
    setSaved(false);
    const body = { organizationId: tenantId, data: { requireTwoFactor: value } };
    const outcome = await call(() =>
      client.$fetch("/organization/update", { method: "POST", body }),
    );
    setRefused(outcome.ok ? undefined : outcome.failure);
    setSaved(outcome.ok);
    await reload();
  };
  return (
    <Section title={messages.policy.title} text={messages.policy.twoFactorText}>
      <Checkbox
        label={messages.policy.twoFactor}
        checked={requireTwoFactor}
        disabled={data === undefined}
        onChange={(event) => void change(event.currentTarget.checked)}
      />
      <ErrorNote failure={refused ?? failure} />
      <StatusNote>{saved ? messages.common.saved : undefined}</StatusNote>
    </Section>
  );
}
