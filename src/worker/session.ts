/**
 * `GET /api/auth/session`: who is there. `{"session": null}`, or the session and its user; never the session token,
 * which any script of the platform could read. One D1 query.
 */
import type { Auth } from "./auth/auth.ts";

export async function readSession(auth: Auth, request: Request): Promise<Response> {
  const { headers, response } = await auth.api.getSession({
    headers: request.headers,
    returnHeaders: true,
  });
  const answerHeaders = new Headers({ "Cache-Control": "no-store" });
  // A refreshed session brings its cookie; an ended one takes it away.
  for (const cookie of headers?.getSetCookie() ?? []) answerHeaders.append("Set-Cookie", cookie);
  if (response === null) return Response.json({ session: null }, { headers: answerHeaders });
  const { token: _, ...session } = response.session;
  return Response.json({ session, user: response.user }, { headers: answerHeaders });
}
