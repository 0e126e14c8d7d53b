/**
 * A page of a console: a window whose origin forwards `/api/auth` to the real auth server, as Vite's proxy does. The line to
 * that server can fail in the ways that lines fail, and counts what goes over it.
 */
import { createServer, request, type IncomingMessage, type ServerResponse } from "node:http";
import { once } from "node:events";
import { configure } from "@testing-library/react";
import { inject } from "vitest";
import { createNnoAuthClient, type NnoAuthClient } from "../../src/sdk/index.ts";

// By itself it waits for a second: beside the other tests a machine may be busy for longer.
configure({ asyncUtilTimeout: 15_000 });

export const password = "tortoise velvet 41 orchards";

/** `up`, or how it is down. */
export type Line = "up" | "unavailable" | "broken" | "silent" | "html";

export interface Page {
  origin: string;
  line: Line;
  /** Paths, in order, of the requests that were made. */
  requests: string[];
  /** Every Set-Cookie that came over the line: what scripts cannot read. */
  setCookies: string[];
  /** Held until called, when set: the answers to `/session`, one function each. */
  held: (() => void)[] | undefined;
  /** Ends the connections whose answers are held. */
  drop: () => void;
  /** Names of cookies that the server does not get to see. */
  withheldCookie: RegExp | undefined;
  /** What an `unavailable` server says in `Retry-After`. */
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

/** A tab: a client of its own, as each tab loads one, with the browser's one cookie jar. */
export function openTab(): NnoAuthClient {
  tabs += 1;
  // Rate limits are per address, and these tests sign in more often than a person does.
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

/** Somebody who has signed up and confirmed the address; not signed in. */
export async function signUp(page: Page, name = "Ada Lovelace"): Promise<string> {
  people += 1;
  const email = `${name.split(" ")[0]?.toLowerCase()}-${people}-${tabs}-${Date.now()}@example.com`;
  const { error } = await openTab().signUp.email({ name, email, password });
  if (error !== null) throw new Error(`no sign-up: ${error.code}`);
  const link = await confirmationLink(page, email);
  // The page that the link opens asks the server the same.
  await fetch(`${page.origin}/api/auth/verify-email${link.search}`);
  return email;
}

let known: string | undefined;

/** The same for all tests of a file that leave an account as it was. */
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

/** Signs in, and says nothing of it to anybody but `client`. */
export async function signIn(client: NnoAuthClient, email: string): Promise<void> {
  const { error } = await client.signIn.email({ email, password });
  if (error !== null) throw new Error(`no sign-in: ${error.code}`);
}
