/** The answers of a Worker that cannot start as it is configured. They name variables and plugins, and no values. */
import type { ConfigProblem } from "../config.ts";
import { problem } from "./problem.ts";
import { withSecurityHeaders } from "./security-headers.ts";

/** The variables that are missing or wrong, as one line for the log and the answer. */
export function describeProblems(problems: readonly ConfigProblem[]): string {
  return problems.map(({ variable, problem: reason }) => `${variable}: ${reason}`).join("; ");
}

/** 503 naming every variable that is missing or wrong. */
export function misconfigured(problems: readonly ConfigProblem[]): Response {
  const detail = `This Worker is not configured: ${describeProblems(problems)}`;
  return withSecurityHeaders(
    problem({ status: 503, code: "CONFIGURATION_INVALID", detail, members: { problems } }),
  );
}

/** 503 naming the plugin that cannot start here, and why. */
export function pluginRefused({ message }: Error): Response {
  return withSecurityHeaders(
    problem({ status: 503, code: "CONFIGURATION_INVALID", detail: message }),
  );
}
