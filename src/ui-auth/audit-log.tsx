/** Who did what to whom, newest first: of the platform, or of one tenant for its owners. */
import { useNnoAuthClient } from "@neutrino-io/sdk";
import { call } from "./call.ts";
import { Loading, Page, Section } from "./card.tsx";
import { Button, ErrorNote } from "./form.tsx";
import { formatTime } from "./format.ts";
import { usePages } from "./pages-of.ts";
import { useUiAuth } from "./provider.tsx";

interface AuditEvent {
  id: number;
  createdAt: string;
  event: string;
  actorId: string | null;
  impersonatedBy: string | null;
  subjectId: string | null;
  tenantId: string | null;
  ipAddress: string | null;
  detail: Record<string, unknown> | null;
}

export interface AuditLogProps {
  /** One tenant's events alone. */
  tenantId?: string;
}

const pageSize = 25;

export function AuditLog({ tenantId }: AuditLogProps) {
  const client = useNnoAuthClient();
  const { messages } = useUiAuth();
  const words = messages.audit;
  const { items, failure, loading, more } = usePages<AuditEvent>(
    `audit ${tenantId ?? ""}`,
    async (cursor) => {
      const outcome = await call<{ events: AuditEvent[]; nextCursor: number | null }>(() =>
        client.$fetch("/platform/audit-events", {
          query: {
            limit: pageSize,
            ...(tenantId === undefined ? {} : { tenantId }),
            ...(cursor === undefined ? {} : { cursor }),
          },
        }),
      );
      if (!outcome.ok) return outcome;
      const { events, nextCursor } = outcome.data;
      return { ok: true, data: { items: events, nextCursor } };
    },
  );
  return (
    <Page title={words.title}>
      <Section title={words.table}>
        {loading && <Loading />}
        <ErrorNote failure={failure} />
        {items?.length === 0 && <p className="nno-text">{words.empty}</p>}
        {items !== undefined && items.length > 0 && (
          // Scrolls by itself on a narrow screen, so the keyboard has to reach it.
          <div role="region" className="nno-table-box" aria-label={words.title} tabIndex={0}>
            <table className="nno-table">
              <thead>
                <tr>
                  <th scope="col">{words.event}</th>
                  <th scope="col">{words.when}</th>
                  <th scope="col">{words.who}</th>
                  <th scope="col">{words.what}</th>
                  <th scope="col">{words.address}</th>
                </tr>
              </thead>
              <tbody>
                {items.map((event) => (
                  <tr key={event.id}>
                    <th scope="row">
                      <code>{event.event}</code>
                    </th>
                    <td className="nno-nowrap">{formatTime(event.createdAt)}</td>
                    <td>
                      {event.actorId === null ? (
                        words.system
                      ) : (
                        <code>{shorten(event.actorId)}</code>
                      )}
                      {event.impersonatedBy !== null && (
                        <> {words.actingFor(shorten(event.impersonatedBy))}</>
                      )}
                    </td>
                    <td>{describeDetail(event)}</td>
                    <td>{event.ipAddress}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
        {more !== undefined && (
          <Button onClick={() => void more()}>{messages.common.loadMore}</Button>
        )}
      </Section>
    </Page>
  );
}

/** Enough of an id to see which are the same. */
const shorten = (id: string) => (id.length > 10 ? `${id.slice(0, 8)}…` : id);

function describeDetail({ detail, subjectId }: AuditEvent): string {
  const parts = Object.entries(detail ?? {}).map(([name, value]) => `${name}: ${String(value)}`);
  if (subjectId !== null) parts.push(`→ ${shorten(subjectId)}`);
  return parts.join(" · ");
}
