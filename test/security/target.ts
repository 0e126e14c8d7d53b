/**
 * What the attacks attack: the bundle that is deployed, on workerd and D1, over HTTP on loopback, with no NODE_ENV. One
 * platform each; `isolates` of its Worker share its database, and a request says which one answers it, as chance does on
 * Cloudflare. Owns what stands around the Worker: a mail provider that may be slow, and the internet that it may reach.
 */
import { request as httpRequest, Agent } from "node:http";
import { convertV4MiniflareOptions, Miniflare, Response as MiniflareResponse } from "miniflare";
import { vi } from "vitest";
import { platform } from "../../src/platform.ts";
import { releaseOf, withCheapHashes } from "../releases.ts";
import { databaseWorker, openDatabase, type Database } from "./database.ts";
import {
  Browser,
  cheapPasswordHash,
  enterAs,
  passwordHash,
  presentSession,
  signInAs,
  type App,
  type Person,
  type PlantedSession,
} from "../people.ts";

export interface SentMail {
  to: string;
  subject: string;
  text: string;
}

export interface TargetOptions {
  platformId?: string;
  /** The Worker of this project that is attacked, if not src/worker/index.ts: one with other options. */
  entry?: string;
  isolates?: number;
  /**
   * Passwords are hashed at a low cost, for tests that hash dozens of them and are neither about the hashes nor about the
   * time that they take. It is the one difference from the bundle that is deployed.
   */
  cheapHashes?: true;
  bindings?: Record<string, string>;
  /** Requests of one network in a minute that the RATE_LIMITER binding lets through. Without a value there is no such binding. */
  requestsPerMinute?: number;
  /** How long the mail provider takes for a message. */
  mailMilliseconds?: number;
  /** The internet, as the Worker sees it. Without it nothing can be reached. */
  outbound?: (request: Request) => Promise<Response>;
}

export interface Target extends App {
  authUrl: string;
  consoleUrl: string;
  authHost: string;
  cookieDomain: string;
  /** Where the Worker listens: for requests that no well-behaved client makes. */
  port: number;
  secret: string;
  /** The database, past the Worker. */
  database: Database;
  mail: readonly SentMail[];
  /** What the Worker wrote to its log. */
  log: () => string;
  open: () => Browser;
  /** The newest mail, as soon as it is sent. */
  mailTo: (to: string, subject: string) => Promise<SentMail>;
  /** Somebody who has signed in. */
  signUp: (name?: string) => Promise<Person>;
  signUpAdmin: () => Promise<Person>;
  /** Somebody who is signed in: for tests that are not about signing in. */
  enter: (name?: string) => Promise<Person>;
  enterAdmin: () => Promise<Person>;
  /** Another device on which they are signed in. */
  enterElsewhere: (person: Pick<Person, "id">) => Promise<Browser>;
  stop: () => Promise<void>;
}

const isolateHeader = "x-test-isolate";
/** Has the request sent as by a Worker with a service binding. */
export const bindingHeader = "x-test-binding";
const secretOf = (platformId: string) => `secret-of-${platformId}-with-32-characters`;
const noInternet = async () => new Response("no internet", { status: 502 });

/** In front of the isolates. */
const front = `export default {
  fetch(request, env) {
    const headers = new Headers(request.headers);
    headers.delete("${isolateHeader}");
    // As Cloudflare does with a request from the internet, unlike a Worker that calls through a service binding.
    const cf = headers.has("${bindingHeader}") ? undefined : { colo: "TEST" };
    headers.delete("${bindingHeader}");
    const isolate = env["WORKER_" + (request.headers.get("${isolateHeader}") ?? "0")];
    return isolate.fetch(new Request(request, { headers, redirect: "manual", ...(cf && { cf }) }));
  }
}`;

/** The shape of Cloudflare's send_email binding. */
const mailProvider = `import { WorkerEntrypoint } from "cloudflare:workers";
export class Mailbox extends WorkerEntrypoint {
  async send(mail) {
    await scheduler.wait(this.env.MILLISECONDS);
    await this.env.NODE.fetch("http://node/mail", { method: "POST", body: JSON.stringify(mail) });
    return { messageId: crypto.randomUUID() };
  }
}
export default { fetch: () => new Response(null, { status: 404 }) };`;

export async function startTarget(options: TargetOptions = {}): Promise<Target> {
  const { platformId = "k3m9p2xw7q", isolates = 1, mailMilliseconds = 0 } = options;
  const { authUrl, authHost, consoleUrl, cookieDomain } = platform(platformId);
  const deployed = await releaseOf(options.entry);
  const release = options.cheapHashes === true ? withCheapHashes(deployed) : deployed;
  const secret = options.bindings?.["BETTER_AUTH_SECRET"] ?? secretOf(platformId);
  const mail: SentMail[] = [];
  const log: string[] = [];
  const common = {
    modules: true,
    compatibilityDate: release.compatibilityDate,
    compatibilityFlags: release.compatibilityFlags,
  };
  const names = Array.from({ length: isolates }, (_, index) => `WORKER_${index}`);
  const outbound = options.outbound ?? noInternet;
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      host: "127.0.0.1",
      port: 0,
      cf: false,
      handleStructuredLogs: ({ message }) => log.push(message),
      workers: [
        {
          ...common,
          name: "front",
          script: front,
          serviceBindings: Object.fromEntries(names.map((name) => [name, name])),
          // Miniflare's own door would rewrite headers and wrap errors.
          unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }],
          stripCfConnectingIp: false,
        },
        {
          ...common,
          name: "database",
          script: databaseWorker,
          unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }],
          d1Databases: { DB: platformId },
        },
        {
          ...common,
          name: "mail-provider",
          script: mailProvider,
          bindings: { MILLISECONDS: mailMilliseconds },
          serviceBindings: {
            NODE: async (request: { json(): Promise<unknown> }) => {
              mail.push((await request.json()) as SentMail);
              return new MiniflareResponse(null, { status: 204 });
            },
          },
        },
        ...names.map((name) => ({
          ...common,
          name,
          modules: release.modules.map((module) => ({
            type: "ESModule" as const,
            path: module.name,
            contents: String(module.content),
          })),
          stripCfConnectingIp: false,
          bindings: { PLATFORM_ID: platformId, BETTER_AUTH_SECRET: secret, ...options.bindings },
          d1Databases: { DB: platformId },
          ...(options.requestsPerMinute === undefined
            ? {}
            : {
                ratelimits: {
                  RATE_LIMITER: {
                    namespace_id: "1001",
                    simple: { limit: options.requestsPerMinute, period: 60 as const },
                  },
                },
              }),
          serviceBindings: { EMAIL: { name: "mail-provider", entrypoint: "Mailbox" } },
          outboundService: async (request: unknown) =>
            (await outbound(request as Request)) as unknown as InstanceType<
              typeof MiniflareResponse
            >,
        })),
      ],
    }),
  );
  const port = Number((await miniflare.unsafeGetDirectURL("front")).port);
  const database = openDatabase(await miniflare.unsafeGetDirectURL("database"));
  for (const { sql } of release.migrations) {
    const statements = sql.split("--> statement-breakpoint");
    await database.batch(statements.map((statement) => database.prepare(statement)));
  }

  const agent = new Agent({ keepAlive: true });
  const target: Omit<
    Target,
    "signUp" | "signUpAdmin" | "enter" | "enterAdmin" | "enterElsewhere" | "open"
  > = {
    authUrl,
    authHost,
    consoleUrl,
    cookieDomain,
    port,
    secret,
    database,
    mail,
    log: () => log.join("\n"),
    fetch: async (request) => send(request, { port, agent }),
    mailTo: async (to, subject) =>
      vi.waitFor(
        () => {
          const found = mail.findLast(
            (message) => message.to === to && message.subject.includes(subject),
          );
          if (found === undefined) throw new Error(`no mail "${subject}" to ${to}`);
          return found;
        },
        { timeout: 10_000 },
      ),
    async stop() {
      agent.destroy();
      await miniflare.dispose();
    },
  };
  const open = () => new Browser(target);
  const currentHash = options.cheapHashes === true ? cheapPasswordHash : passwordHash;
  const account = (
    { id, name, email }: { id: string; name: string; email: string },
    hash: string,
  ) => {
    const now = Date.now();
    return [
      database
        .prepare(
          "INSERT INTO user (id, name, email, email_verified, created_at, updated_at) VALUES (?, ?, ?, 1, ?, ?)",
        )
        .bind(id, name, email, now, now),
      database
        .prepare(
          "INSERT INTO account (id, account_id, provider_id, user_id, password, created_at, updated_at) VALUES (?, ?, 'credential', ?, ?, ?, ?)",
        )
        .bind(crypto.randomUUID(), id, id, hash, now, now),
    ];
  };
  const signUp = async (name?: string) =>
    signInAs(open(), async (user) => database.batch(account(user, currentHash)), name);
  const sessionRow = (userId: string, { id, token, createdAt, expiresAt }: PlantedSession) => {
    const began = createdAt.getTime();
    return database
      .prepare(
        "INSERT INTO session (id, token, user_id, created_at, updated_at, expires_at, ip_address, user_agent) VALUES (?, ?, ?, ?, ?, ?, '203.0.113.1', '')",
      )
      .bind(id, token, userId, began, began, expiresAt.getTime());
  };
  const enter = async (name?: string) =>
    enterAs(
      open(),
      secret,
      async (user, session) =>
        database.batch([...account(user, cheapPasswordHash), sessionRow(user.id, session)]),
      name,
    );
  const enterElsewhere = async ({ id }: Pick<Person, "id">) => {
    const browser = open();
    await sessionRow(id, await presentSession(browser, secret)).run();
    return browser;
  };
  const promote = async (person: Person) => {
    await database
      .prepare("UPDATE user SET role = 'platform-admin' WHERE id = ?")
      .bind(person.id)
      .run();
    return person;
  };
  return {
    ...target,
    open,
    signUp,
    signUpAdmin: async () => promote(await signUp("Grace Hopper")),
    enter,
    enterAdmin: async () => promote(await enter("Grace Hopper")),
    enterElsewhere,
  };
}

/** To the Worker's port, with the host of the address. fetch would resolve it, and follow redirects. */
async function send(
  request: Request,
  { port, agent }: { port: number; agent: Agent },
): Promise<Response> {
  const { host, pathname, search } = new URL(request.url);
  const body = Buffer.from(await request.arrayBuffer());
  const attempt = async (): Promise<Response> =>
    new Promise((resolve, reject) => {
      const outgoing = httpRequest(
        {
          host: "127.0.0.1",
          port,
          agent,
          method: request.method,
          path: pathname + search,
          headers: {
            host,
            ...Object.fromEntries(request.headers),
            ...(request.body === null ? {} : { "content-length": body.length }),
          },
        },
        (incoming) => {
          const chunks: Buffer[] = [];
          incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
          incoming.on("error", reject);
          incoming.on("end", () => {
            const headers = new Headers();
            for (const [name, values] of Object.entries(incoming.headersDistinct)) {
              for (const value of values ?? []) headers.append(name, value);
            }
            const status = incoming.statusCode ?? 502;
            const isBodyless = status === 204 || status === 304;
            resolve(new Response(isBodyless ? null : Buffer.concat(chunks), { status, headers }));
          });
        },
      );
      outgoing.on("error", (error: NodeJS.ErrnoException) => {
        // The Worker's runtime had closed the connection before, for being idle.
        if (outgoing.reusedSocket && error.code === "ECONNRESET") resolve(attempt());
        else reject(error);
      });
      outgoing.end(body);
    });
  return attempt();
}
