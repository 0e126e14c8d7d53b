/** Shows developers the access token that this console sends to the platform's other Workers, and copies it. */
import { useNnoToken, type NnoAccessToken } from "@neutrino-io/sdk";
import { useState } from "react";

export function AccessToken() {
  const { getToken } = useNnoToken();
  const [token, setToken] = useState<NnoAccessToken>();
  const [note, setNote] = useState("");
  const fetchToken = async () => {
    setNote("");
    try {
      setToken(await getToken());
    } catch {
      setNote("Could not get a token. Try again in a moment.");
    }
  };
  const copy = async ({ token: text }: NnoAccessToken) => {
    try {
      await navigator.clipboard.writeText(text);
      setNote("Copied.");
    } catch {
      setNote("Your browser does not allow this page to copy.");
    }
  };
  return (
    <section className="nno-section" aria-labelledby="access-token">
      <div className="nno-section-head">
        <div>
          <h2 id="access-token">Access token</h2>
          <p className="nno-text">
            For developers. This console sends the token to the platform&rsquo;s other Workers as
            Authorization: Bearer. Anyone who has it can act as you until it expires.
          </p>
        </div>
        <button
          type="button"
          className="nno-button nno-button-plain"
          onClick={() => void (token === undefined ? fetchToken() : copy(token))}
        >
          {token === undefined ? "Get a token" : "Copy the token"}
        </button>
      </div>
      {token !== undefined && <Claims token={token} />}
      <p role="status">{note}</p>
    </section>
  );
}

function Claims({ token: { claims, expiresAt } }: { token: NnoAccessToken }) {
  const { iss, aud, role, tenantRole } = claims;
  const time = expiresAt.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  const rows = [
    ["From", iss],
    ["For", aud],
    ["Platform role", role],
    ["Tenant role", tenantRole],
    ["Expires", time],
  ].filter((row): row is [string, string] => typeof row[1] === "string");
  return (
    <dl className="facts">
      {rows.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
