/**
 * fetch for hosts below `.localhost`. They mean this machine (RFC 6761 section 6.3), but Node does not resolve them, so this
 * connects to 127.0.0.1 and sends the host in the header. Any other host goes through the global fetch.
 */
import { request } from "node:http";
import { isLocalHost } from "../platform.ts";

export const localFetch: typeof fetch = async (input, init) => {
  const wanted = new Request(input, init);
  const url = new URL(wanted.url);
  if (url.protocol !== "http:" || !isLocalHost(url.hostname)) return fetch(wanted);
  const body = Buffer.from(await wanted.arrayBuffer());
  return new Promise((resolve, reject) => {
    const headers = { ...Object.fromEntries(wanted.headers), host: url.host };
    const outgoing = request(
      {
        host: "127.0.0.1",
        port: url.port === "" ? 80 : url.port,
        method: wanted.method,
        path: url.pathname + url.search,
        headers,
        signal: wanted.signal,
        agent: false,
      },
      (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
        incoming.on("error", reject);
        incoming.on("end", () => {
          const answerHeaders = new Headers();
          for (const [name, values] of Object.entries(incoming.headersDistinct)) {
            for (const value of values ?? []) answerHeaders.append(name, value);
          }
          const status = incoming.statusCode ?? 502;
          const isBodyless = status === 204 || status === 304;
          resolve(
            new Response(isBodyless ? null : Buffer.concat(chunks), {
              status,
              headers: answerHeaders,
            }),
          );
        });
      },
    );
    outgoing.on("error", reject);
    outgoing.end(body);
  });
};
