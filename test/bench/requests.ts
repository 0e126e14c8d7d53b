/** Requests as a page of the console makes them in Chromium, each from an address of its own, over kept connections. */
import { randomBytes } from "node:crypto";
import { Agent, request as httpRequest } from "node:http";
import { platform } from "../../src/platform.ts";

export const platformId = "k3m9p2xw7q";
export const { authUrl, authHost, consoleUrl } = platform(platformId);

export const userAgent =
  "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36";

export type Headers = Record<string, string>;

export interface Answer {
  status: number;
  body: string;
  /** What a browser would send back. */
  cookies: string;
}

/** Which server is asked; `name` is for the error of one that answers other than 200. */
interface Server {
  name: string;
  url: string;
}

export const randomAddress = () => `10.${[...randomBytes(3)].join(".")}`;

/** The console's origin is another one of the same site. */
export const browserHeaders = (headers: Headers = {}): Headers => ({
  host: authHost,
  "user-agent": userAgent,
  accept: "*/*",
  "accept-language": "en-GB,en;q=0.9",
  "accept-encoding": "gzip, deflate, br, zstd",
  origin: consoleUrl,
  referer: `${consoleUrl}/`,
  "sec-ch-ua": '"Chromium";v="142", "Not=A?Brand";v="8"',
  "sec-ch-ua-mobile": "?0",
  "sec-ch-ua-platform": '"Linux"',
  "sec-fetch-dest": "empty",
  "sec-fetch-mode": "cors",
  "sec-fetch-site": "same-site",
  "cf-connecting-ip": randomAddress(),
  ...headers,
});

const agent = new Agent({ keepAlive: true });

export async function get(server: Server, path: string, headers?: Headers) {
  return send(server, "GET", path, undefined, headers);
}

export async function post(server: Server, path: string, body: object, headers?: Headers) {
  return send(server, "POST", path, JSON.stringify(body), {
    "content-type": "application/json",
    ...headers,
  });
}

async function send(
  { url, name }: Server,
  method: string,
  path: string,
  body?: string,
  headers: Headers = {},
): Promise<Answer> {
  const answer = await new Promise<Answer>((resolve, reject) => {
    const length = body === undefined ? {} : { "content-length": Buffer.byteLength(body) };
    const outgoing = httpRequest(
      new URL(path, url),
      { method, agent, headers: { ...browserHeaders(headers), ...length } },
      (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
        incoming.on("error", reject);
        incoming.on("end", () => {
          const set = incoming.headers["set-cookie"] ?? [];
          resolve({
            status: incoming.statusCode ?? 0,
            body: Buffer.concat(chunks).toString(),
            cookies: set
              .filter((cookie) => !/; max-age=0/i.test(cookie))
              .map((cookie) => cookie.split(";")[0])
              .join("; "),
          });
        });
      },
    );
    outgoing.on("error", reject);
    outgoing.end(body);
  });
  if (answer.status !== 200) {
    throw new Error(
      `${name} answered ${method} ${path} with ${answer.status}: ${answer.body.slice(0, 200)}`,
    );
  }
  return answer;
}
