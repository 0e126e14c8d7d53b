/** A platform's life over HTTP, with Better Auth's own client, against the server that `npm run dev` runs. */
import { createAuthClient } from "better-auth/client";
import {
  adminClient,
  jwtClient,
  organizationClient,
  twoFactorClient,
} from "better-auth/client/plugins";
import { createOTP } from "@better-auth/utils/otp";
import { base32 } from "@better-auth/utils/base32";
import { createRemoteJWKSet, jwtVerify } from "jose";
import { beforeAll, expect, it } from "vitest";
import { startDevelopmentServer, type DevelopmentServer } from "./development-server.ts";

const password = "tortoise velvet 41 orchards";
let server: DevelopmentServer;

beforeAll(async () => {
  server = await startDevelopmentServer();
  return server.stop;
});

/** A browser: Better Auth's client with a cookie jar and an address of its own. */
function openClient(address: string) {
  const cookies = new Map<string, string>();
  const request: typeof fetch = async (input, init) => {
    const headers = new Headers(init?.headers);
    headers.set("origin", server.origin);
    headers.set("cf-connecting-ip", address);
    headers.set("cookie", [...cookies].map(([name, value]) => `${name}=${value}`).join("; "));
    const answer = await fetch(input, { ...init, headers, redirect: "manual" });
    for (const cookie of answer.headers.getSetCookie()) {
      const [pair = ""] = cookie.split(";");
      const name = pair.slice(0, pair.indexOf("="));
      if (/max-age=0/i.test(cookie)) cookies.delete(name);
      else cookies.set(name, pair.slice(pair.indexOf("=") + 1));
    }
    return answer;
  };
  const client = createAuthClient({
    baseURL: server.origin,
    fetchOptions: { customFetchImpl: request },
    plugins: [adminClient(), organizationClient(), twoFactorClient(), jwtClient()],
  });
  return { client, request };
}

/** The data of an answer that must be no error. */
async function data<Data>(answer: Promise<{ data: Data | null; error: unknown }>): Promise<Data> {
  const { data: value, error } = await answer;
  if (value === null) throw new Error(`the answer is an error: ${JSON.stringify(error)}`);
  return value;
}

async function signUp(name: string, email: string, address: string) {
  const { client, request } = openClient(address);
  await data(client.signUp.email({ name, email, password }));
  const { text } = await server.mailTo(email, "Confirm your email");
  const [link = ""] = /http\S+/.exec(text) ?? [];
  const verified = await request(`${server.origin}/api/auth/verify-email${new URL(link).search}`);
  expect(verified.status).toBe(200);
  return { client, request };
}

/** The first platform admin, by a claim: no mail is needed. */
async function claimFirstAdmin() {
  const [, token] = /claim#token=(\S+)/.exec(server.output()) ?? [];
  const grace = openClient("192.0.2.3");
  const account = { name: "Grace", email: "grace@example.com", password };
  const claimed = await grace.request(`${server.origin}/api/auth/platform/claim`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ token, account }),
  });
  expect(claimed.status).toBe(200);
  await data(grace.client.signIn.email({ email: account.email, password }));
  return grace;
}

function authenticator(totpURI: string) {
  const key = new URL(totpURI).searchParams.get("secret") ?? "";
  const otp = createOTP(new TextDecoder().decode(base32.decode(key)), { digits: 6, period: 30 });
  const scanned = Math.floor(Date.now() / 30_000);
  return (offset: number) => otp.hotp(scanned + offset);
}

it("goes from sign-up to a verified token", async () => {
  const signedOut = await fetch(`${server.origin}/api/auth/session`);
  expect(await signedOut.text()).toBe('{"session":null}');

  const ada = await signUp("Ada", "ada@example.com", "192.0.2.1");
  await data(ada.client.signIn.email({ email: "ada@example.com", password }));

  const enrolment = await data(ada.client.twoFactor.enable({ password }));
  const code = authenticator("totpURI" in enrolment ? enrolment.totpURI : "");
  await data(ada.client.twoFactor.verifyTotp({ code: await code(0) }));
  await data(ada.client.signOut());
  const challenged = await data(ada.client.signIn.email({ email: "ada@example.com", password }));
  expect(challenged).toMatchObject({ twoFactorRedirect: true });
  await data(ada.client.twoFactor.verifyTotp({ code: await code(1) }));
  const session = await data(ada.client.getSession());
  expect(session.user).toMatchObject({ email: "ada@example.com", role: "user" });

  const tenant = await data(
    ada.client.organization.create({ name: "Analytical", slug: "analytical" }),
  );
  const bob = await signUp("Bob", "bob@example.com", "192.0.2.2");
  await data(bob.client.signIn.email({ email: "bob@example.com", password }));
  await data(ada.client.organization.inviteMember({ email: "bob@example.com", role: "member" }));
  const { text } = await server.mailTo("bob@example.com", "Invitation to");
  const [invitationLink = ""] = /http\S+/.exec(text) ?? [];
  const invitationId = new URL(invitationLink).searchParams.get("id") ?? "";
  const { member } = await data(bob.client.organization.acceptInvitation({ invitationId }));
  await data(ada.client.organization.updateMemberRole({ memberId: member.id, role: "admin" }));
  const listed = await data(bob.client.organization.listMembers());
  expect(listed.members.map(({ role }) => role).toSorted()).toEqual(["admin", "owner"]);

  const grace = await claimFirstAdmin();
  const users = await data(grace.client.admin.listUsers({ query: { limit: 10 } }));
  expect(users.total).toBe(3);
  const renamed = await grace.request(`${server.origin}/api/auth/platform/tenants/${tenant.id}`, {
    method: "PATCH",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ name: "Analytical Engines" }),
  });
  expect(await renamed.json()).toMatchObject({ tenant: { name: "Analytical Engines" } });
  const log = await ada.request(
    `${server.origin}/api/auth/platform/audit-events?tenantId=${tenant.id}&limit=1`,
  );
  expect(await log.json()).toMatchObject({ events: [{ event: "tenant.updated" }] });
  const allowed = await data(
    grace.client.admin.hasPermission({ permissions: { billing: ["view"] } as never }),
  );
  expect(allowed.success).toBe(true);

  const { token } = await data(ada.client.token());
  const keys = createRemoteJWKSet(new URL(`${server.origin}/api/auth/jwks`));
  const { payload } = await jwtVerify(token, keys, {
    issuer: server.origin,
    audience: "k3m9p2xw7q",
  });
  expect(payload).toMatchObject({
    sub: session.user.id,
    role: "user",
    tenant: tenant.id,
    tenantRole: "owner",
  });
});

it("prints its addresses", () => {
  expect(server.output()).toContain(`curl ${server.origin}/api/auth/session`);
  expect(server.output()).toContain(`${server.origin}/mailbox`);
});

it("has a mailbox page with clickable links and nothing that a mail could run", async () => {
  const page = await fetch(`${server.origin}/mailbox`);
  expect(page.headers.get("content-type")).toContain("text/html");
  const html = await page.text();
  expect(html).toContain("Confirm your email address");
  expect(html).toMatch(/<a href="http:\/\/localhost:\d+\/verify-email\?token=/);
});
