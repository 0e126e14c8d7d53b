/** The token of a verification mail. */

interface Claims {
  email?: string;
  updateTo?: string;
  requestType?: string;
}

const requests = new Map<string, Promise<unknown>>();

/** Sends one request per token, even if React mounts twice: a token that changes the email works only once. */
export function verifyOnce<Answer extends { error: { status: number } | null }>(
  token: string,
  send: () => Promise<Answer>,
): Promise<Answer> {
  const running = requests.get(token) as Promise<Answer> | undefined;
  if (running !== undefined) return running;
  const request = send();
  requests.set(token, request);
  const forget = () => requests.delete(token);
  // After a failure the user may try again.
  void request.then(({ error }) => error !== null && forget(), forget);
  return request;
}

/** Reads the claims without verifying them. They choose only the words on the page; the Worker verifies the token. */
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
