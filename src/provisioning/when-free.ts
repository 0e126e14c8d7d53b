/** Two jobs at once on one platform: one does it, the other waits here, or says so. */
import { systemClock, type Clock } from "./clock.ts";
import { explain } from "./explain.ts";
import { PlatformBusyError, PlatformChangedError } from "./job.ts";
import { ProvisioningError } from "./provisioning-error.ts";

const pollMs = 1000;
/** So that two jobs cannot chase each other for ever. */
const rounds = 5;

interface Waiting {
  failWhenBusy?: boolean | undefined;
  clock?: Clock | undefined;
  signal?: AbortSignal | undefined;
  onEvent?: ((event: { type: "note"; message: string }) => void) | undefined;
}

/**
 * Does `attempt`, again when another job had the platform or was there in between: what was seen is old then.
 *
 * @throws ProvisioningError; `platform_busy` instead of waiting when asked to.
 */
export async function whenFree<T>(
  platformId: string,
  again: string,
  { failWhenBusy = false, clock = systemClock, signal, onEvent }: Waiting,
  attempt: () => Promise<T>,
): Promise<T> {
  let changes = 0;
  let hasSaid = false;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (error instanceof PlatformChangedError && ++changes < rounds) continue;
      if (!(error instanceof PlatformBusyError)) {
        throw explain(error, "nothing was changed by this run", again);
      }
      const seconds = Math.ceil(error.leaseMs / 1000);
      const message = `another job (${error.command}) has the platform ${platformId}, for ${seconds} s unless it goes on`;
      if (failWhenBusy) {
        throw new ProvisioningError("platform_busy", message, {
          state: "nothing was changed",
          next: "run again when it has ended",
        });
      }
      if (!hasSaid) onEvent?.({ type: "note", message: `${message}; waiting` });
      hasSaid = true;
      await clock.sleep(Math.min(error.leaseMs, pollMs) + 50, signal);
    }
  }
}
