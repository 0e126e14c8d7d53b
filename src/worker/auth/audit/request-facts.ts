/** Facts about a request that are read before its route runs, because the route removes the rows that tell them. */
import type { sessionBeforeRoute } from "../sessions/session-before-route.ts";

export type RequestSession = Awaited<ReturnType<typeof sessionBeforeRoute>>;

interface RequestFacts {
  /** The session that the request ends. */
  endedSession?: NonNullable<RequestSession>;
  /** The user whose reset token or session the request names. */
  tokenOwner?: string;
  /** The event was written in the batch of the route's own write. */
  isRecorded?: true;
}

const factsByRequest = new WeakMap<Request, RequestFacts>();

/** The facts of a request, to read or to add to. A call in this Worker's own code has no request, and keeps none. */
export function factsOf(request: Request | undefined): RequestFacts {
  const known = request && factsByRequest.get(request);
  if (known !== undefined) return known;
  const facts: RequestFacts = {};
  if (request !== undefined) factsByRequest.set(request, facts);
  return facts;
}
