/**
 * The bindings of an upload. Owns the rule about secrets: BETTER_AUTH_SECRET is generated once, is sent with the first
 * upload, and is inherited by every later one. Nothing ever reads, prints or replaces it.
 */
import type { Binding } from "./cloudflare/workers.ts";
import type { Desired } from "./desired.ts";
import { hasSecret, type ObservedWorker } from "./observe.ts";
import { randomToken } from "./random-token.ts";

export function uploadBindings(
  desired: Desired,
  worker: ObservedWorker | undefined,
  databaseId: string,
): Binding[] {
  const { variables, choices } = desired;
  const secrets = { ...choices.secrets };
  if (
    needsAuthSecret(worker) &&
    secrets["BETTER_AUTH_SECRET"] === undefined &&
    secrets["BETTER_AUTH_SECRETS"] === undefined
  ) {
    secrets["BETTER_AUTH_SECRET"] = randomToken();
  }
  const ours: Binding[] = [
    { type: "d1", name: "DB", database_id: databaseId },
    ...Object.entries(variables).map(([name, text]) => ({ type: "plain_text", name, text })),
    ...Object.entries(secrets).map(([name, text]) => ({ type: "secret_text", name, text })),
    ...mailBinding(desired, worker),
    ...shieldBinding(worker),
  ];
  const decided = new Set([...ours.map(({ name }) => name), "EMAIL"]);
  // Everything else that the Worker has stays: secrets, variables and bindings that its operator added.
  const inherited = (worker?.bindings ?? [])
    .filter(({ name }) => !decided.has(name))
    .map(({ name }) => ({ type: "inherit", name }));
  return [...ours, ...inherited];
}

/** An existing binding stays as its operator made it: it may allow only certain senders or recipients. */
function mailBinding(desired: Desired, worker: ObservedWorker | undefined): Binding[] {
  if (!sendsThroughCloudflare(desired, worker)) return [];
  const isThere = worker?.bindings.some(
    ({ type, name }) => name === "EMAIL" && type === "send_email",
  );
  return [{ type: isThere === true ? "inherit" : "send_email", name: "EMAIL" }];
}

/** The outer rate limit, as in wrangler.toml. An existing binding stays as its operator made it. */
function shieldBinding(worker: ObservedWorker | undefined): Binding[] {
  const name = "RATE_LIMITER";
  if (worker?.bindings.some((binding) => binding.name === name) === true) return [];
  return [{ type: "ratelimit", name, namespace_id: "1001", simple: { limit: 600, period: 60 } }];
}

/** Whether the Worker was never given a secret. A Worker that has one is never given another. */
export function needsAuthSecret(worker: ObservedWorker | undefined): boolean {
  return !hasSecret(worker, "BETTER_AUTH_SECRET") && !hasSecret(worker, "BETTER_AUTH_SECRETS");
}

/** The Worker prefers the binding to Resend, so the binding must go as soon as Resend's key is set. */
export function sendsThroughCloudflare(
  { choices }: Desired,
  worker: ObservedWorker | undefined,
): boolean {
  return choices.secrets?.["RESEND_API_KEY"] === undefined && !hasSecret(worker, "RESEND_API_KEY");
}
