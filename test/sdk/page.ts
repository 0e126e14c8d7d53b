/**
 * A page of a console: a window whose origin forwards `/api/auth` to the real auth server, as Vite's proxy does. A test can
 * break the connection to that server in several ways, and see which requests were sent.
 */
import { createServer, request, type IncomingMessage, type ServerResponse } from "node:http";
import { once } from "node:events";
import { configure } from "@testing-library/react";
import { inject } from "vitest";
import { createNnoAuthClient, type NnoAuthClient } from "../../src/sdk/index.ts";

// The default is one second, which is too short while other tests keep the machine busy.
configure({ asyncUtilTimeout: 15_000 });

export const password = "tortoise velvet 41 orchards";

/** `up`, or the way in which the connection fails. */
export type Line = "up" | "unavailable" | "broken" | "silent" | "html";

export interface Page {
  origin: string;
  line: Line;
  /** The paths of the requests, in order. */
  requests: string[];
  /** Every `Set-Cookie` header of the server, which scripts cannot read. */
  setCookies: string[];
  /** If set, holds back the answers to `/session`. Each function releases one. */
  held: (() => void)[] | undefined;
  /** Closes the connections whose answers are held back. */
  drop: () => void;
  /** Names of cookies that are not forwarded to the server. */
  withheldCookie: RegExp | undefined;
  /** The `Retry-After` of an `unavailable` server. */
  retryAfter: string;
  close: () => Promise<void>;
}

interface HappyWindow {
  happyDOM: { setURL: (url: string) => void };
}

export async function openPage(): Promise<Page> {
  const target = new URL(inject("authOrigin"));
  const server = createServer((incoming, outgoing) => answer(page, target, incoming, outgoing));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port was given");
  const page: Page = {
    origin: `http://localhost:${address.port}`,
    line: "up",
    requests: [],
    setCookies: [],
    held: undefined,
    drop: () => server.closeAllConnections(),
    withheldCookie: undefined,
    retryAfter: "1",
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
  (window as unknown as HappyWindow).happyDOM.setURL(`${page.origin}/`);
  return page;
}

function answer(
  page: Page,
  target: URL,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): void {
  const path = incoming.url ?? "/";
  page.requests.push(path.split("?")[0] ?? "");
  const { line } = page;
  if (line === "silent") return;
  if (line === "broken") {
    incoming.socket.destroy();
    return;
  }
  if (line === "unavailable") {
    outgoing.writeHead(503, { "retry-after": page.retryAfter, "content-type": "application/json" });
    outgoing.end('{"code":"DATABASE_UNAVAILABLE","message":"The database cannot be reached."}');
    return;
  }
  if (line === "html") {
    outgoing.writeHead(200, { "content-type": "text/html" });
    outgoing.end("<!doctype html><title>Console</title>");
    return;
  }
  const onward = request(
    { host: "127.0.0.1", port: target.port, path, method: incoming.method },
    (reply) => {
      page.setCookies.push(...(reply.headers["set-cookie"] ?? []));
      const send = () => {
        outgoing.writeHead(reply.statusCode ?? 502, reply.headers);
        reply.pipe(outgoing);
      };
      if (page.held !== undefined && path === "/api/auth/session") page.held.push(send);
      else send();
    },
  );
  for (const [name, value] of Object.entries(incoming.headers)) {
    if (value !== undefined) onward.setHeader(name, value);
  }
  const { withheldCookie } = page;
  if (withheldCookie !== undefined) {
    const cookies = incoming.headers.cookie?.split("; ") ?? [];
    onward.setHeader("cookie", cookies.filter((cookie) => !withheldCookie.test(cookie)).join("; "));
  }
  onward.setHeader("host", target.host);
  onward.setHeader("origin", target.origin);
  onward.setHeader("referer", `${target.origin}/`);
  onward.on("error", () => outgoing.destroy());
  incoming.pipe(onward);
}

let tabs = 0;

/** Opens a tab: a client of its own that shares the cookies of the browser. */
export function openTab(): NnoAuthClient {
  tabs += 1;
  // Rate limits count by IP address, and these tests sign in more often than a person does.
  const address = `198.51.100.${tabs % 250}`;
  return createNnoAuthClient({
    authUrl: "/api/auth",
    fetch: (input, init) => {
      const headers = new Headers(init?.headers);
      headers.set("cf-connecting-ip", address);
      return fetch(input, { ...init, headers });
    },
  });
}

let people = 0;

/** Signs up a user with a confirmed email, who is not signed in. */
export async function signUp(page: Page, name = "Ada Lovelace"): Promise<string> {
  people += 1;
  const email = `${name.split(" ")[0]?.toLowerCase()}-${people}-${tabs}-${Date.now()}@example.com`;
  const { error } = await openTab().signUp.email({ name, email, password });
  if (error !== null) throw new Error(`no sign-up: ${error.code}`);
  const link = await confirmationLink(page, email);
  // The page that the link opens sends the same request.
  await fetch(`${page.origin}/api/auth/verify-email${link.search}`);
  return email;
}

let known: string | undefined;

/** Returns one user for all tests of a file that do not change the account. */
export async function someone(page: Page): Promise<string> {
  known ??= await signUp(page);
  return known;
}

async function confirmationLink(page: Page, email: string): Promise<URL> {
  for (let attempt = 0; attempt < 300; attempt += 1) {
    const answered = await fetch(`${page.origin}/mailbox.json`);
    const mails = (await answered.json()) as { to: string; subject: string; text: string }[];
    const mail = mails.find(({ to, subject }) => to === email && subject.includes("Confirm"));
    const [link] = /http\S+/.exec(mail?.text ?? "") ?? [];
    if (link !== undefined) return new URL(link);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`no mail to ${email}`);
}

/** Signs in with `client`. */
export async function signIn(client: NnoAuthClient, email: string): Promise<void> {
  const { error } = await client.signIn.email({ email, password });
  if (error !== null) throw new Error(`no sign-in: ${error.code}`);
}
