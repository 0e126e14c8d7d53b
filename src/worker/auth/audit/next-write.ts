/** Holds the event that is written together with the next write of a request. */
import type { Companion } from "../../db/accompany.ts";
import { requestState } from "../../request-scope.ts";

/** Set before the route runs. The adapter writes the event in one batch with the write that it records. */
export const eventOfNextWrite = requestState<Companion>();
