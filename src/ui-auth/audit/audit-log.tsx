/** The audit log, newest event first: of the platform for its admins, or of one tenant for its owners. */
import { useNnoAuthClient } from "@neutrino-io/sdk";
import { call } from "../data/call.ts";
import { usePages } from "../data/use-pages.ts";
import { useUiAuth } from "../host/provider.tsx";
import { Button } from "../primitives/button.tsx";
import { Page, Section } from "../primitives/card.tsx";
import { LoadNote } from "../primitives/load-note.tsx";
import { formatTime } from "../words/dates.ts";
import type { Messages } from "../words/messages.ts";

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

/** The names behind the ids in the events. Deleted users, and users whom the reader may not know, are missing. */
interface Names {
  people: Record<string, { name: string; email: string }>;
  tenants: Record<string, { name: string }>;
}

type NamedEvent = AuditEvent & { names: Names };

interface EventPage extends Names {
  events: AuditEvent[];
  nextCursor: number | null;
}

export interface AuditLogProps {
  /** Limits the log to one tenant. */
  tenantId?: string;
  title?: string;
}

const pageSize = 25;

export function AuditLog({ tenantId, title }: AuditLogProps) {
  const client = useNnoAuthClient();
  const { messages } = useUiAuth();
  const words = messages.audit;
  const list = usePages<NamedEvent>(`audit ${tenantId ?? ""}`, async (cursor) => {
    const outcome = await call<EventPage>(() =>
      client.$fetch("/platform/audit-events", {
        query: {
          limit: pageSize,
          ...(tenantId === undefined ? {} : { tenantId }),
          ...(cursor === undefined ? {} : { cursor }),
        },
      }),
    );
    if (!outcome.ok) return outcome;
    const { events, nextCursor, ...names } = outcome.data;
    return {
      ok: true,
      data: { items: events.map((event) => ({ ...event, names })), nextCursor },
    };
  });
  const { items, more } = list;
  return (
    <Page title={title ?? words.title}>
      <Section title={words.table}>
        <LoadNote load={list} />
        {items?.length === 0 && <p className="nno-text">{words.empty}</p>}
        {items !== undefined && items.length > 0 && (
          // The box scrolls on a narrow screen, so the keyboard must be able to focus it.
          <div role="region" className="nno-table-box" aria-label={words.title} tabIndex={0}>
            <table className="nno-table">
              <thead>
                <tr>
                  <th scope="col">{words.event}</th>
                  <th scope="col">{words.when}</th>
                  <th scope="col">{words.who}</th>
                  {tenantId === undefined && <th scope="col">{words.tenant}</th>}
                  <th scope="col">{words.what}</th>
                  <th scope="col">{words.address}</th>
                </tr>
              </thead>
              <tbody>
                {items.map((event) => (
                  <tr key={event.id}>
                    <th scope="row">
                      {words.events[event.event] ?? event.event}{" "}
                      <small>
                        <code>{event.event}</code>
                      </small>
                    </th>
                    <td className="nno-when">{formatTime(event.createdAt)}</td>
                    <td>
                      {event.actorId === null ? (
                        words.system
                      ) : (
                        <Person id={event.actorId} names={event.names} />
                      )}
                      {event.impersonatedBy !== null && (
                        <small>{words.actingFor(nameOf(event.impersonatedBy, event.names))}</small>
                      )}
                    </td>
                    {tenantId === undefined && (
                      <td>
                        {event.tenantId !== null && (
                          <span title={event.tenantId}>
                            {event.names.tenants[event.tenantId]?.name ?? shorten(event.tenantId)}
                          </span>
                        )}
                      </td>
                    )}
                    <td>{describeDetail(event, words)}</td>
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

/** Shortens an id, but leaves enough to compare it with others. */
const shorten = (id: string) => (id.length > 10 ? `${id.slice(0, 8)}…` : id);

const nameOf = (id: string, { people }: Names) => people[id]?.name ?? shorten(id);

function Person({ id, names }: { id: string; names: Names }) {
  const person = names.people[id];
  if (person === undefined) return <code title={id}>{shorten(id)}</code>;
  return (
    <span title={id}>
      {person.name} <small>{person.email}</small>
    </span>
  );
}

function describeDetail(event: NamedEvent, words: Messages["audit"]): string {
  const { detail, subjectId, names } = event;
  const parts = Object.entries(detail ?? {}).map(([name, value]) =>
    words.detail(words.details[name] ?? name, String(value)),
  );
  if (subjectId !== null) parts.unshift(words.subject(nameOf(subjectId, names)));
  return parts.join(" · ");
}
