/** The profile section that downloads the user's data as a JSON file. */
import { type NnoAuthClient, useNnoAuthClient, useNnoSession } from "@neutrino-io/sdk";
import { useState } from "react";
import { call, type Failure, type Outcome } from "../data/call.ts";
import { useUiAuth } from "../host/provider.tsx";
import { Button } from "../primitives/button.tsx";
import { Section } from "../primitives/card.tsx";
import { downloadFile } from "../primitives/download-file.ts";
import { ErrorNote } from "../primitives/notes.tsx";

export function ExportData() {
  const client = useNnoAuthClient();
  const { session } = useNnoSession();
  const { messages } = useUiAuth();
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure>();

  const save = async () => {
    setBusy(true);
    const [account, sessions, accounts, tenants, invitations, events] = await Promise.all([
      call<object>(() => client.$fetch("/session")),
      call(() => client.listSessions()),
      call(() => client.listAccounts()),
      readTenants(client),
      call<object[]>(() => client.$fetch("/organization/list-user-invitations")),
      readEvents(client),
    ]);
    setBusy(false);
    // If one part is missing, there is no file at all, because it would look complete.
    for (const outcome of [account, sessions, accounts, tenants, invitations, events]) {
      if (outcome.ok) continue;
      setFailure(outcome.failure);
      return;
    }
    setFailure(undefined);
    const data = {
      exportedAt: new Date().toISOString(),
      account: account.ok && account.data,
      // A session token is a credential and must not be stored in a file.
      sessions: sessions.ok && sessions.data.map(withoutToken),
      signInMethods: accounts.ok && accounts.data,
      tenants: tenants.ok && tenants.data,
      invitations: invitations.ok && invitations.data,
      events: events.ok && events.data,
    };
    const text = `${JSON.stringify(data, null, 2)}\n`;
    downloadFile(messages.profile.dataFileName, "application/json", text);
  };
  // Only users themselves may download their data, not an admin who impersonates them.
  if (session?.impersonatedBy != null) return null;
  return (
    <Section
      title={messages.profile.dataTitle}
      text={messages.profile.dataText}
      action={
        <Button busy={busy} onClick={() => void save()}>
          {messages.profile.export}
        </Button>
      }
    >
      <ErrorNote failure={failure} />
    </Section>
  );
}

/** The user's tenants with the user's role in each. */
async function readTenants(client: NnoAuthClient): Promise<Outcome<object[]>> {
  const list = await call(() => client.organization.list());
  if (!list.ok) return list;
  const tenants: object[] = [];
  for (const tenant of list.data) {
    const answer = await call<{ role: string }>(() =>
      client.$fetch("/organization/get-active-member-role", {
        query: { organizationId: tenant.id },
      }),
    );
    // A tenant whose sign-in policy the user does not meet refuses to tell the role.
    if (!answer.ok && answer.failure.status !== 403) return answer;
    tenants.push({ ...tenant, role: answer.ok ? answer.data.role : null });
  }
  return { ok: true, data: tenants };
}

interface EventPage {
  events: object[];
  nextCursor: number | null;
}

/** Reads the user's own events from the audit log, newest first. */
async function readEvents(client: NnoAuthClient): Promise<Outcome<object[]>> {
  const events: object[] = [];
  let cursor: number | null = null;
  do {
    const query: Record<string, number> = cursor === null ? { limit: 100 } : { limit: 100, cursor };
    const page: Outcome<EventPage> = await call<EventPage>(() =>
      client.$fetch("/audit-events", { query }),
    );
    if (!page.ok) return page;
    events.push(...page.data.events);
    cursor = page.data.nextCursor;
  } while (cursor !== null);
  return { ok: true, data: events };
}

function withoutToken<Session extends { token: string }>(session: Session): Omit<Session, "token"> {
  const { token: _, ...rest } = session;
  return rest;
}
