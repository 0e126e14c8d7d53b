/**
 * A way to this machine from an address of one's own: attempts are counted by address, and the edge believes the
 * connection, not a header. All of 127/8 is this machine.
 */
import { createServer, request as httpRequest } from "node:http";
import { once } from "node:events";

export interface Device {
  /** For a browser context, as its proxy. */
  server: string;
  /** What is asked of an address that begins so is lost on the way: the answer to a redirect, too. */
  losing: string | undefined;
  stop: () => Promise<void>;
}

let devices = 0;

export async function startDevice(): Promise<Device> {
  devices += 1;
  const localAddress = `127.0.${1 + Math.floor(devices / 250)}.${1 + (devices % 250)}`;
  const proxy = createServer((request, response) => {
    const { hostname, port, pathname, search } = new URL(request.url ?? "");
    const isHere = hostname === "127.0.0.1" || /(^|\.)localhost$/.test(hostname);
    if (!isHere || (device.losing !== undefined && request.url?.startsWith(device.losing))) {
      response.writeHead(502).end();
      return;
    }
    const upstream = httpRequest(
      {
        host: "127.0.0.1",
        port,
        localAddress,
        method: request.method ?? "GET",
        path: pathname + search,
        headers: request.headers,
      },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
        answer.pipe(response);
      },
    );
    upstream.on("error", () => response.destroy());
    response.on("close", () => upstream.destroy());
    request.pipe(upstream);
  });
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  const address = proxy.address();
  if (address === null || typeof address === "string") throw new Error("no port was given");
  const device: Device = {
    server: `http://127.0.0.1:${address.port}`,
    losing: undefined,
    async stop() {
      proxy.close();
      proxy.closeAllConnections();
      await once(proxy, "close");
    },
  };
  return device;
}
