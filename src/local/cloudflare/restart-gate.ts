/**
 * Lets work pass except during a restart. A restart waits for the work before it, and work that comes later waits for the
 * restart.
 */

export interface RestartGate {
  pass<T>(work: () => Promise<T>): Promise<T>;
  /** Runs `restart` with no work beside it. A call during a restart joins it. */
  restart(restart: () => Promise<void>): Promise<void>;
}

/** @param drainMilliseconds how long a restart waits for work that has begun. */
export function createRestartGate(drainMilliseconds: number): RestartGate {
  const running = new Set<Promise<unknown>>();
  const gate: { closed: Promise<void> | undefined } = { closed: undefined };

  const drain = async (): Promise<void> => {
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise((resolve) => {
      timer = setTimeout(resolve, drainMilliseconds);
    });
    await Promise.race([Promise.allSettled(running), timeout]);
    clearTimeout(timer);
  };

  return {
    async pass(work) {
      while (gate.closed !== undefined) await gate.closed.catch(() => undefined);
      const result = work();
      running.add(result);
      try {
        return await result;
      } finally {
        running.delete(result);
      }
    },
    async restart(restart) {
      gate.closed ??= drain()
        .then(restart)
        .finally(() => {
          gate.closed = undefined;
        });
      await gate.closed;
    },
  };
}
