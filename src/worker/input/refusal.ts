/** The error for a request that is refused before any route sees it. */
import type { Problem } from "../http/problem.ts";

export type Refusal = Pick<Problem, "status" | "code" | "detail">;

export function refuse(code: string, detail: string, status = 400): Refusal {
  return { status, code, detail };
}
