/** What is shown while the auth server cannot say who is signed in: a page without a known session, a bar with one. */
import { useNnoSession, type NnoSessionErrorCode } from "@neutrino-io/sdk";
import { useState } from "react";
import { Mark } from "./threshold.tsx";

const causes: Record<NnoSessionErrorCode, string> = {
  unreachable: "Check your connection.",
  timeout: "It takes too long to answer.",
  unavailable: "It says that it cannot answer now.",
  rate_limited: "Too many requests were made from here. Wait a moment.",
  unexpected_answer:
    "Something else answers at its address. Tell whoever runs this console, if this goes on.",
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
          {causes[code]} Nobody is signed out by this, and the page asks again by itself.
        </p>
        <Retry className="nno-button nno-button-primary nno-button-wide" />
      </main>
    </div>
  );
}

/** Above a page that goes on with what was known. Nothing while the server answers. */
export function OutageBar() {
  const { error } = useNnoSession();
  return (
    <div role="status">
      {error !== null && (
        <div className="outage">
          <p>
            The service cannot be reached. {causes[error.code]} What you see may be out of date.
          </p>
          <Retry className="nno-button nno-button-plain nno-button-small" />
        </div>
      )}
    </div>
  );
}
