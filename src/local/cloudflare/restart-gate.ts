/** Lets work through, except while something restarts beneath it: that waits for the work, and later work for that. */

export interface RestartGate {
  pass<T>(work: () => Promise<T>): Promise<T>;
  /** Runs `restart` alone; while one runs, another call joins it. */
  restart(restart: () => Promise<void>): Promise<void>;
}

/** @param drainMilliseconds how long a restart waits for what is under way. */
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
