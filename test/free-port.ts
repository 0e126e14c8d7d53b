/**
 * A port of this machine that nobody listens on, for a server that is started a while later. Not one that the system would
 * give out: by then it may have given it to somebody's connection. Those are above 32767 on Linux, and above 49151 elsewhere.
 */
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";

const [lowest, highest] = [20_000, 32_767];

export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(lowest, highest + 1);
    const probe = createServer().listen(port, "127.0.0.1");
    try {
      await once(probe, "listening");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EADDRINUSE") continue;
      throw error;
    }
    probe.close();
    await once(probe, "close");
    return port;
  }
}
