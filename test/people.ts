/** What people do in tests, whatever carries their requests: a Worker in the same process, or HTTP. */
import { base32 } from "@better-auth/utils/base32";
import { createHMAC } from "@better-auth/utils/hmac";
import { createOTP } from "@better-auth/utils/otp";
import { expect } from "vitest";
import { bindingCookie, bindingOf } from "../src/worker/cookies/binding.ts";
import { createSessionToken } from "../src/worker/cookies/session-token.ts";
import { createSigner } from "../src/worker/cookies/signer.ts";

export const password = "tortoise velvet 41 orchards";

/** How long tests wait for what comes after an answer: on a busy machine a second may not do. */
export const patience = { timeout: 10_000 };

export const authUrl = "https://auth.svc.default.k3m9p2xw7q.nno.app";
export const consoleUrl = "https://console.app.default.k3m9p2xw7q.nno.app";

type Json = Record<string, unknown>;

export interface Answer<Body = Json> {
  status: number;
  headers: Headers;
  body: Body;
}

export interface Session {
  session: Json & {
    id: string;
    activeOrganizationId: string | null;
    impersonatedBy: string | null;
  };
  user: Json & { id: string; email: string; role: string; twoFactorEnabled: boolean };
}

/** Whatever answers requests, and where it says that it is; the test platform, unless it says. */
export interface App {
  fetch(request: Request): Response | Promise<Response>;
  authUrl?: string;
  consoleUrl?: string;
}

let addresses = 0;

/** A browser: its cookie jar, and requests as a page of the console makes them. */
export class Browser {
  readonly cookies = new Map<string, string>();
  /** Every Set-Cookie of the last answer, as it was sent. */
  setCookies: string[] = [];
  readonly #app: App;

  constructor(app: App) {
    this.#app = app;
  }

  async get<Body = Json>(path: string, headers: Record<string, string> = {}) {
    return this.send<Body>("GET", path, undefined, headers);
  }

  async post<Body = Json>(path: string, body: unknown = {}, headers: Record<string, string> = {}) {
    return this.send<Body>("POST", path, body, headers);
  }

  /** One request, as a page of the console makes it, from an address of its own unless `headers` name one. */
  async send<Body = Json>(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer<Body>> {
    addresses += 1;
    const response = await this.#app.fetch(
      new Request(new URL(path, this.#app.authUrl ?? authUrl), {
        method,
        redirect: "manual",
        // As Cloudflare does; Node, where requests go over HTTP, ignores it.
        ...({ cf: { colo: "TEST" } } as object),
        headers: {
          origin: this.#app.consoleUrl ?? consoleUrl,
          "cf-connecting-ip": `203.0.${Math.floor(addresses / 250)}.${addresses % 250}`,
          ...(body === undefined ? {} : { "content-type": "application/json" }),
          ...(this.cookies.size === 0 ? {} : { cookie: this.#cookieHeader() }),
          ...headers,
        },
        ...(body === undefined
          ? {}
          : { body: typeof body === "string" ? body : JSON.stringify(body) }),
      }),
    );
    this.setCookies = response.headers.getSetCookie();
    for (const cookie of this.setCookies) this.#keep(cookie);
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: (isJson(response) && text !== "" ? JSON.parse(text) : text) as Body,
    };
  }

  async session(): Promise<Session> {
    const { status, body } = await this.get<Session>("/api/auth/session");
    expect(status).toBe(200);
    return body;
  }

  #cookieHeader(): string {
    return [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
  }

  #keep(cookie: string): void {
    const [pair = "", ...attributes] = cookie.split("; ");
    const name = pair.slice(0, pair.indexOf("="));
    const value = pair.slice(name.length + 1);
    const ended = attributes.some((attribute) => attribute.toLowerCase() === "max-age=0");
    // A copy that a neighbour set for all platforms is another cookie; this jar holds the platform's own.
    const platformDomain = `.${new URL(this.#app.authUrl ?? authUrl).hostname.split(".").slice(3).join(".")}`;
    const domain = attributes.find((attribute) => /^domain=/i.test(attribute))?.slice(7) ?? "";
    if (domain !== "" && domain !== platformDomain && platformDomain.endsWith(domain)) return;
    if (ended) this.cookies.delete(name);
    else this.cookies.set(name, value);
  }
}

function isJson(response: Response): boolean {
  return /[/+]json\b/.test(response.headers.get("content-type") ?? "");
}

export interface Person {
  browser: Browser;
  email: string;
  id: string;
}

let people = 0;

export function newEmail(): string {
  people += 1;
  return `person-${people}@example.com`;
}

/** The first address in a mail. */
export function linkIn({ text }: { text: string }): URL {
  const [link] = /https?:\/\/\S+/.exec(text) ?? [];
  if (link === undefined) throw new Error(`no link in: ${text}`);
  return new URL(link);
}

/** Opens the console's page for a verification link: it calls the route with the link's token. */
export async function followVerification(browser: Browser, link: URL): Promise<Answer> {
  expect(link.origin + link.pathname).toBe(`${consoleUrl}/verify-email`);
  return browser.get(`/api/auth/verify-email${link.search}`);
}

/** Somebody who has signed up, followed the link in the mail, and signed in. */
export async function signUpWith(
  browser: Browser,
  mailTo: (to: string, subject: string) => Promise<{ text: string }>,
  name = "Ada Lovelace",
): Promise<Person> {
  const email = newEmail();
  const signedUp = await browser.post("/api/auth/sign-up/email", { name, email, password });
  expect(signedUp.status).toBe(200);
  const link = linkIn(await mailTo(email, "Confirm your email"));
  const verified = await followVerification(browser, link);
  expect(verified.status).toBe(200);
  const signedIn = await browser.post("/api/auth/sign-in/email", { email, password });
  expect(signedIn.status).toBe(200);
  const { user } = await browser.session();
  return { browser, email, id: user.id };
}

/** `password`, as the Worker keeps it. */
export const passwordHash =
  "$scrypt$ln=15,r=8,p=3$YSBzYWx0IG9mIDE2IGJ5Lg$t53of2bv8eO/dNdS6qWJD1dfvk6TeHlXoJ/Kpez01C4";

/** The same as an import may have left it: checked at once, and replaced by the other at a sign-in. */
export const cheapPasswordHash =
  "$scrypt$ln=4,r=8,p=1$YSBzYWx0IG9mIDE2IGJ5Lg$Vd7heT4PUchgE5xNvB40cyzQQw3mm4QTLVWWGSX1hFM";

/**
 * Somebody who has an account, and signs in: rows as a sign-up and its mailed link leave them, which by themselves take a
 * second. Most tests are about neither.
 *
 * @param write stores a user with a verified address and `passwordHash`.
 */
export async function signInAs(
  browser: Browser,
  write: (row: { id: string; name: string; email: string }) => Promise<unknown>,
  name = "Ada Lovelace",
): Promise<Person> {
  const email = newEmail();
  const id = crypto.randomUUID();
  await write({ id, name, email });
  const signedIn = await browser.post("/api/auth/sign-in/email", { email, password });
  expect(signedIn.status).toBe(200);
  return { browser, email, id };
}

const weekMilliseconds = 7 * 24 * 60 * 60 * 1000;

export interface PlantedSession {
  id: string;
  token: string;
  createdAt: Date;
  expiresAt: Date;
}

/**
 * Gives a browser the cookies of a session, for tests in which nobody cares how somebody signed in.
 *
 * @param secret signs the cookie.
 * @returns the session's row, which is still to be stored.
 */
export async function presentSession(browser: Browser, secret: string): Promise<PlantedSession> {
  const token = createSessionToken({ impersonation: false });
  const signature = await createHMAC("SHA-256", "base64").sign(secret, token);
  browser.cookies.set(
    "__Secure-better-auth.session_token",
    encodeURIComponent(`${token}.${signature}`),
  );
  browser.cookies.set(bindingCookie, (await bindingOf(token, createSigner([secret]))) ?? "");
  const createdAt = new Date();
  const expiresAt = new Date(createdAt.getTime() + weekMilliseconds);
  return { id: crypto.randomUUID(), token, createdAt, expiresAt };
}

/** What a program whose session has that cookie sends as `Authorization`. */
export async function bearerOf(browser: Browser, secret: string): Promise<string> {
  const cookie = browser.cookies.get("__Secure-better-auth.session_token") ?? "";
  const [token = ""] = decodeURIComponent(cookie).split(".");
  const signature = await createSigner([secret]).sign("set-auth-token", token);
  return `Bearer ${token}.${signature}`;
}

/**
 * Somebody who has an account, and is signed in: the session's row and cookies as a sign-in leaves them. For tests in which
 * nobody cares how; they are spared the hash, and leave no device that the account knows and no audit event.
 *
 * @param secret signs the cookie.
 * @param write stores a user with a verified address and `cheapPasswordHash`, and the session.
 */
export async function enterAs(
  browser: Browser,
  secret: string,
  write: (
    user: { id: string; name: string; email: string },
    session: PlantedSession,
  ) => Promise<unknown>,
  name = "Ada Lovelace",
): Promise<Person> {
  const email = newEmail();
  const id = crypto.randomUUID();
  await write({ id, name, email }, await presentSession(browser, secret));
  return { browser, email, id };
}

/**
 * The authenticator app that scanned `totpURI`: codes for `offset` time steps after the scan. 0 and 1 are both accepted
 * for at least 30 seconds from then, wherever in a step the test began.
 */
export function authenticator(totpURI: string): (offset?: number) => Promise<string> {
  const key = new URL(totpURI).searchParams.get("secret") ?? "";
  const otp = createOTP(new TextDecoder().decode(base32.decode(key)), { digits: 6, period: 30 });
  const scanned = Math.floor(Date.now() / 30_000);
  return (offset = 0) => otp.hotp(scanned + offset);
}

/** Turns on two-factor authentication. The enrolment uses up `code(0)`; `code(1)` signs in. */
export async function enrol(browser: Browser, body: Json = { password }) {
  const enabled = await browser.post<{ totpURI: string; backupCodes: string[] }>(
    "/api/auth/two-factor/enable",
    body,
  );
  expect(enabled.status).toBe(200);
  const code = authenticator(enabled.body.totpURI);
  const verified = await browser.post("/api/auth/two-factor/verify-totp", { code: await code(0) });
  expect(verified.status).toBe(200);
  return { code, backupCodes: enabled.body.backupCodes };
}

/** A tenant of `owner`'s. */
export async function createTenant(owner: Browser, slug: string) {
  const created = await owner.post<{ id: string; members: { id: string }[] }>(
    "/api/auth/organization/create",
    { name: `Tenant ${slug}`, slug },
  );
  expect(created.status).toBe(200);
  return created.body;
}

/** Invites `email` and lets `invitee` accept. */
export async function join(
  owner: Browser,
  invitee: Person,
  organizationId: string,
  role = "member",
): Promise<{ id: string }> {
  const invited = await owner.post<{ id: string }>("/api/auth/organization/invite-member", {
    email: invitee.email,
    role,
    organizationId,
  });
  expect(invited.status).toBe(200);
  const accepted = await invitee.browser.post<{ member: { id: string } }>(
    "/api/auth/organization/accept-invitation",
    { invitationId: invited.body.id },
  );
  expect(accepted.status).toBe(200);
  return accepted.body.member;
}
