/** The token of a verification mail. */

interface Claims {
  email?: string;
  updateTo?: string;
  requestType?: string;
}

const requests = new Map<string, Promise<unknown>>();

/** One request a token, also where React mounts twice: a token for a changed address works once. */
export function verifyOnce<Answer extends { error: { status: number } | null }>(
  token: string,
  send: () => Promise<Answer>,
): Promise<Answer> {
  const running = requests.get(token) as Promise<Answer> | undefined;
  if (running !== undefined) return running;
  const request = send();
  requests.set(token, request);
  const forget = () => requests.delete(token);
  // A refusal for the moment may be asked again.
  void request.then(({ error }) => error !== null && forget(), forget);
  return request;
}

/** What the token says of itself; only for the words on the page, the Worker alone verifies it. */
export function readClaims(token: string | null): Claims {
  try {
    const [, payload = ""] = (token ?? "").split(".");
    const base64 = payload.replaceAll("-", "+").replaceAll("_", "/");
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    return JSON.parse(new TextDecoder().decode(bytes)) as Claims;
  } catch {
    return {};
  }
}
