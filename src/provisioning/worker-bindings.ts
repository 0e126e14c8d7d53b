/**
 * The bindings of an upload. Owns the rule about secrets: BETTER_AUTH_SECRET is generated once, goes with the first
 * upload, and is inherited ever after; nothing reads, prints or replaces it.
 */
import type { Binding } from "./cloudflare/workers.ts";
import type { Desired } from "./desired.ts";
import type { ObservedWorker } from "./observe.ts";
import { needsAuthSecret, sendsThroughCloudflare } from "./plan.ts";
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
  const settled = new Set([...ours.map(({ name }) => name), "EMAIL"]);
  // What else the Worker has stays: secrets, variables and bindings that its operator added.
  const inherited = (worker?.bindings ?? [])
    .filter(({ name }) => !settled.has(name))
    .map(({ name }) => ({ type: "inherit", name }));
  return [...ours, ...inherited];
}

/** One that is there stays as its operator made it: it may allow certain senders or recipients alone. */
function mailBinding(desired: Desired, worker: ObservedWorker | undefined): Binding[] {
  if (!sendsThroughCloudflare(desired, worker)) return [];
  const isThere = worker?.bindings.some(
    ({ type, name }) => name === "EMAIL" && type === "send_email",
  );
  return [{ type: isThere === true ? "inherit" : "send_email", name: "EMAIL" }];
}

/** The Worker's outer shield, as in wrangler.toml; one that is there stays as its operator made it. */
function shieldBinding(worker: ObservedWorker | undefined): Binding[] {
  const name = "RATE_LIMITER";
  if (worker?.bindings.some((binding) => binding.name === name) === true) return [];
  return [{ type: "ratelimit", name, namespace_id: "1001", simple: { limit: 600, period: 60 } }];
}
