/** Better Auth's log lines, without the values that they may carry. */
import { describeError } from "../../http/problem.ts";

/**
 * Logs errors by name and place, since the rest of them may hold a password hash or a token. A message is cut where a value
 * may begin: `Invalid callbackURL: https://...?token=...`.
 */
export function logWithoutValues(level: string, message: string, ...details: unknown[]): void {
  const [words = ""] = message.split(/[:"\n]/, 1);
  const causes = details.filter((detail) => detail instanceof Error).map(describeError);
  const line = ["auth:", words.trim(), ...causes].join(" ");
  if (level === "error") console.error(line);
  else console.warn(line);
}
