/**
 * Shows that a list or a section is loading, or that loading failed and how to try again. Until there is a first answer,
 * the style sheet hides the sections below: they would move when it arrives, just as somebody is about to press a button.
 */
import { useState } from "react";
import { isTransient } from "../data/call.ts";
import type { Loaded } from "../data/use-load.ts";
import { useUiAuth } from "../host/provider.tsx";
import { Button } from "./button.tsx";
import { Loading } from "./card.tsx";
import { ErrorNote } from "./notes.tsx";

interface LoadNoteProps {
  load: Omit<Loaded<unknown>, "data">;
  /** Shows no spinner while loading. */
  quiet?: boolean;
}

export function LoadNote({
  load: { failure, loading, pending, reload },
  quiet = false,
}: LoadNoteProps) {
  const { messages } = useUiAuth();
  const [busy, setBusy] = useState(false);
  const retry = async () => {
    setBusy(true);
    await reload();
    setBusy(false);
  };
  return (
    <>
      {pending && <span className="nno-pending" hidden />}
      {loading && failure === undefined && !quiet && <Loading />}
      <ErrorNote failure={failure} />
      {failure !== undefined && isTransient(failure) && (
        <div className="nno-buttons">
          <Button busy={busy} onClick={() => void retry()}>
            {messages.common.retry}
          </Button>
        </div>
      )}
    </>
  );
}
