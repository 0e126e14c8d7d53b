/** When two jobs want the same platform at once, the second one waits here, or fails if it was told not to wait. */
import { systemClock, type Clock } from "./clock.ts";
import { cloudflareCode, isCloudflareError } from "./cloudflare/errors.ts";
import type { Cloudflare } from "./cloudflare/client.ts";
import { explain } from "./explain.ts";
import { PlatformBusyError, PlatformChangedError } from "./job.ts";
import { selectLease } from "./journal.ts";
import { ProvisioningError } from "./provisioning-error.ts";
import { batch } from "./sql.ts";

const firstPollMs = 1000;
const longestPollMs = 10_000;
/** A limit, so that two jobs cannot chase each other for ever. */
const rounds = 5;

interface Waiting {
  cloudflare: Cloudflare;
  failWhenBusy?: boolean | undefined;
  clock?: Clock | undefined;
  signal?: AbortSignal | undefined;
  onEvent?: ((event: { type: "note"; message: string }) => void) | undefined;
}

/**
 * Runs `attempt`, and runs it again if another job had the platform or ran in between, because what `attempt` observed is out
 * of date then.
 *
 * @throws ProvisioningError; `platform_busy` if another job has the platform and `failWhenBusy` is set.
 */
export async function whenFree<T>(
  platformId: string,
  again: string,
  waiting: Waiting,
  attempt: () => Promise<T>,
): Promise<T> {
  const { failWhenBusy = false, onEvent } = waiting;
  const explained = (error: unknown) => explain(error, "nothing was changed by this run", again);
  let changes = 0;
  let hasSaid = false;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (error instanceof PlatformChangedError && ++changes < rounds) continue;
      if (!(error instanceof PlatformBusyError)) {
        throw explained(error);
      }
      const seconds = Math.ceil(error.leaseMs / 1000);
      const message = `another job (${error.command}) has the platform ${platformId}, for ${seconds} s unless it renews its lease`;
      if (failWhenBusy) {
        throw new ProvisioningError("platform_busy", message, {
          state: "nothing was changed",
          next: "run again when it has ended",
        });
      }
      if (!hasSaid) onEvent?.({ type: "note", message: `${message}; waiting` });
      hasSaid = true;
      await untilFree(error, waiting).catch((reason: unknown) => {
        throw explained(reason);
      });
    }
  }
}

/** Polls for the lease, less and less often, but at the latest when it ends. */
async function untilFree(
  { databaseId, leaseMs }: PlatformBusyError,
  { cloudflare, clock = systemClock, signal }: Waiting,
): Promise<void> {
  let restMs: number | undefined = leaseMs;
  let pollMs = firstPollMs;
  while (restMs !== undefined) {
    await clock.sleep(Math.min(pollMs, restMs + 50), signal);
    restMs = await readLease(cloudflare, databaseId);
    pollMs = Math.min(pollMs * 2, longestPollMs);
  }
}

/**
 * How much longer the lease lasts, in milliseconds. Undefined if no job holds one or the database is gone: then it is time to
 * look again.
 */
async function readLease(cloudflare: Cloudflare, databaseId: string): Promise<number | undefined> {
  try {
    const [rows] = await cloudflare.query(databaseId, batch([selectLease]), { repeatable: true });
    const leaseMs = Number(rows?.[0]?.["lease_ms"] ?? 0);
    return leaseMs > 0 ? leaseMs : undefined;
  } catch (error) {
    const { databaseNotFound, queryFailed } = cloudflareCode;
    if (isCloudflareError(error, databaseNotFound, queryFailed)) return undefined;
    throw error;
  }
}
