/** The event that belongs to the next write of a request. */
import type { ExtraWrite } from "../../db/adapter/extra-write.ts";
import { requestState } from "../../request-scope.ts";

/** Set before the route runs; the adapter writes it in one batch with the write that it tells of. */
export const eventOfNextWrite = requestState<ExtraWrite>();
