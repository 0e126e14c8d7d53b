/** The profile section that lists the active sessions and ends them. */
import { useNnoAuthClient, useNnoSession } from "@neutrino-io/sdk";
import { useState } from "react";
import { call, type Failure, type Outcome } from "../data/call.ts";
import { useLoad } from "../data/use-load.ts";
import { useUiAuth } from "../host/provider.tsx";
import { Button } from "../primitives/button.tsx";
import { Section } from "../primitives/card.tsx";
import { LoadNote } from "../primitives/load-note.tsx";
import { ErrorNote, StatusNote } from "../primitives/notes.tsx";
import { formatTime } from "../words/dates.ts";
import { describeDevice } from "./device-name.ts";

export function Sessions() {
  const client = useNnoAuthClient();
  const { session: current } = useNnoSession();
  const { messages } = useUiAuth();
  const words = messages.profile;
  const loaded = useLoad("sessions", () => call(() => client.listSessions()));
  const { data, reload } = loaded;
  const [busy, setBusy] = useState<string>();
  const [refused, setRefused] = useState<Failure>();
  const [done, setDone] = useState(false);

  const end = async (id: string, request: () => Promise<Outcome<unknown>>) => {
    setBusy(id);
    setDone(false);
    const outcome = await request();
    setRefused(outcome.ok ? undefined : outcome.failure);
    setDone(outcome.ok);
    await reload();
    setBusy(undefined);
  };
  // The list also contains expired sessions that the Worker has not deleted yet.
  const sessions = (data ?? [])
    .filter(({ expiresAt }) => new Date(expiresAt) > new Date())
    .toSorted((left, right) => Number(right.id === current?.id) - Number(left.id === current?.id));

  return (
    <Section
      title={words.sessionsTitle}
      text={words.sessionsText}
      action={
        sessions.length > 1 && (
          <Button
            busy={busy === "others"}
            onClick={() => void end("others", () => call(() => client.revokeOtherSessions()))}
          >
            {words.revokeOthers}
          </Button>
        )
      }
    >
      <LoadNote load={loaded} />
      <ErrorNote failure={refused} />
      <StatusNote>{done ? words.revoked : undefined}</StatusNote>
      <ul className="nno-list">
        {sessions.map(({ id, token, userAgent, ipAddress, createdAt }) => {
          const device = describeDevice(userAgent, words);
          return (
            <li key={id}>
              <div className="nno-item">
                <strong>{device}</strong>{" "}
                {id === current?.id && (
                  <span className="nno-badge nno-badge-done">{words.thisDevice}</span>
                )}
                <small>
                  {words.since(formatTime(createdAt))}
                  {ipAddress ? ` · ${ipAddress}` : ""}
                </small>
              </div>
              {id !== current?.id && (
                <Button
                  className="nno-button-small"
                  aria-label={words.revokeNamed(device)}
                  busy={busy === id}
                  onClick={() => void end(id, () => call(() => client.revokeSession({ token })))}
                >
                  {words.revoke}
                </Button>
              )}
            </li>
          );
        })}
      </ul>
    </Section>
  );
}
