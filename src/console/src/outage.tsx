/** Shown while the auth Worker cannot be asked: a page if no session is known, and otherwise a bar above the page. */
import { useNnoSession, type NnoSessionErrorCode } from "@neutrino-io/sdk";
import { useState } from "react";
import { Mark } from "./threshold.tsx";

const causes: Record<NnoSessionErrorCode, string> = {
  unreachable: "Check your connection.",
  timeout: "It is taking too long to answer.",
  unavailable: "It is not available at the moment.",
  rate_limited: "Too many requests came from here. Wait a moment.",
  unexpected_answer:
    "Something else is answering at its address. If this goes on, tell the operator of this console.",
};

function Retry({ className }: { className: string }) {
  const { refetch } = useNnoSession();
  const [busy, setBusy] = useState(false);
  const retry = async () => {
    setBusy(true);
    await refetch();
    setBusy(false);
  };
  return (
    <button type="button" className={className} disabled={busy} onClick={() => void retry()}>
      Try again
    </button>
  );
}

export function OutagePage({ code }: { code: NnoSessionErrorCode }) {
  return (
    <div className="threshold">
      <header>
        <Mark />
      </header>
      <main className="nno-ui nno-card">
        <h1 className="nno-title">The service cannot be reached</h1>
        <p className="nno-text">
          {causes[code]} You are not signed out. This page tries again by itself.
        </p>
        <Retry className="nno-button nno-button-primary nno-button-wide" />
      </main>
    </div>
  );
}

/** Stands above a page that still shows the last known session. Renders nothing while the server answers. */
export function OutageBar() {
  const { error } = useNnoSession();
  return (
    <div role="status">
      {error !== null && (
        <div className="outage">
          <p>The service cannot be reached. {causes[error.code]} This page may be out of date.</p>
          <Retry className="nno-button nno-button-plain nno-button-small" />
        </div>
      )}
    </div>
  );
}
