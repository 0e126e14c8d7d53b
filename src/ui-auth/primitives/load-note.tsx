/**
 * What a list or a section shows of its loading: that it does, or what went wrong and the way to try again. Until the first
 * answer is in, the style sheet hides what follows: it would move when that comes, under a finger that is about to press.
 */
import { useState } from "react";
import { isPassing } from "../data/call.ts";
import type { Loaded } from "../data/use-load.ts";
import { useUiAuth } from "../host/provider.tsx";
import { Button } from "./button.tsx";
import { Loading } from "./card.tsx";
import { ErrorNote } from "./notes.tsx";

interface LoadNoteProps {
  of: Omit<Loaded<unknown>, "data">;
  /** Where the place of what is loaded stays empty meanwhile. */
  quiet?: boolean;
}

export function LoadNote({
  of: { failure, loading, pending, reload },
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
      {failure !== undefined && isPassing(failure) && (
        <div className="nno-buttons">
          <Button busy={busy} onClick={() => void retry()}>
            {messages.common.retry}
          </Button>
        </div>
      )}
    </>
  );
}
