/** `useNnoToken`: the token that a console sends to the platform's other Workers. */
import type { ReactNode } from "react";
import { createServer } from "node:http";
import { once } from "node:events";
import { act, cleanup, render, waitFor } from "@testing-library/react";
import { createLocalJWKSet, jwtVerify, type JSONWebKeySet } from "jose";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import {
  type NnoAuthClient,
  NnoAuthProvider,
  type NnoSessionState,
  type NnoTokens,
  useNnoSession,
  useNnoToken,
} from "../../src/sdk/index.ts";
import { openPage, openTab, signIn, signUp, someone, type Page } from "./page.ts";

let page: Page;

beforeEach(async () => {
  sessionStorage.clear();
  page = await openPage();
});

afterEach(async () => {
  vi.useRealTimers();
  cleanup();
  page.line = "up";
  await openTab().signOut();
  await page.close();
});

async function open(client: NnoAuthClient, audience?: string) {
  let tokens: NnoTokens | undefined;
  let state: NnoSessionState | undefined;
  function Reader({ children }: { children?: ReactNode }) {
    tokens = useNnoToken({ audience });
    state = useNnoSession();
    return children;
  }
  render(
    <NnoAuthProvider client={client}>
      <Reader />
    </NnoAuthProvider>,
  );
  const status = () => (state as NnoSessionState).status;
  await waitFor(() => expect(status()).not.toBe("loading"), { timeout: 10_000 });
  return { tokens: tokens as NnoTokens, state: () => state as NnoSessionState };
}

const tokenRequests = () => page.requests.filter((path) => path === "/api/auth/token").length;

it("verifies with the Worker's published keys, and is requested once and cached", async () => {
  const email = await someone(page);
  const client = openTab();
  const { tokens, state } = await open(client);
  await act(() => signIn(client, email));
  const [first, second] = await Promise.all([tokens.getToken(), tokens.getToken()]);
  expect(second).toBe(first);
  expect(await tokens.getToken()).toBe(first);
  expect(tokenRequests()).toBe(1);
  const jwks = (await (await fetch(`${page.origin}/api/auth/jwks`)).json()) as JSONWebKeySet;
  const { payload } = await jwtVerify(first.token, createLocalJWKSet(jwks));
  expect(payload).toEqual(first.claims);
  expect(first.claims).toMatchObject({ sub: state().user.id, sid: state().session?.id });
  expect(first.expiresAt.getTime()).toBe(first.claims.exp * 1000);
  const kept = JSON.stringify([Object.entries(sessionStorage), Object.entries(localStorage)]);
  expect(kept).not.toContain(first.token);
});

it("is replaced shortly before it expires, also if the clock is wrong", async () => {
  const email = await someone(page);
  const client = openTab();
  const { tokens } = await open(client);
  await act(() => signIn(client, email));
  const start = Date.now() + 24 * 60 * 60 * 1000;
  vi.useFakeTimers({ toFake: ["Date"], now: start });
  await tokens.getToken();
  vi.setSystemTime(start + 13 * 60 * 1000);
  await tokens.getToken();
  expect(tokenRequests()).toBe(1);
  vi.setSystemTime(start + 14 * 60 * 1000 + 1000);
  await tokens.getToken();
  expect(tokenRequests()).toBe(2);
});

it("never belongs to another tenant or user, and needs a session", async () => {
  const email = await signUp(page);
  const client = openTab();
  const { tokens, state } = await open(client);
  await expect(tokens.getToken()).rejects.toMatchObject({ code: "UNAUTHORIZED" });
  expect(tokenRequests()).toBe(0);
  await act(() => signIn(client, email));
  const { claims } = await tokens.getToken();
  expect(claims["tenant"]).toBeUndefined();

  await act(async () => {
    await client.organization.create({ name: "Engines", slug: `token-${Date.now()}` });
  });
  expect((await tokens.getToken()).claims).toMatchObject({
    sub: claims.sub,
    tenant: state().tenant?.id,
    tenantRole: "owner",
  });
  await act(() => client.signOut());
  await expect(tokens.getToken()).rejects.toMatchObject({ name: "NnoAccessTokenError" });
  const other = await signUp(page, "Bob");
  await act(() => signIn(client, other));
  expect((await tokens.getToken()).claims.sub).toBe(state().user.id);
  expect(state().user.id).not.toBe(claims.sub);
});

it("is used while the auth Worker is down, and an error is not cached", async () => {
  const email = await someone(page);
  const client = openTab();
  const { tokens, state } = await open(client);
  await act(() => signIn(client, email));
  const before = await tokens.getToken();
  page.line = "unavailable";
  await act(() => state().refetch());
  expect(state().status).toBe("error");
  expect(await tokens.getToken()).toBe(before);
});

it("is refused for an unknown service, and then requested again", async () => {
  const email = await someone(page);
  const client = openTab();
  const { tokens } = await open(client, "no-such-service");
  await act(() => signIn(client, email));
  await expect(tokens.getToken()).rejects.toMatchObject({ code: "UNKNOWN_AUDIENCE" });
  page.line = "broken";
  await expect(tokens.getToken()).rejects.toMatchObject({ code: "UNREACHABLE" });
});

it("is sent as a bearer token, dropped when refused, and never sent without TLS", async () => {
  const email = await someone(page);
  const client = openTab();
  const { tokens } = await open(client);
  await act(() => signIn(client, email));
  const seen: (string | undefined)[] = [];
  const service = createServer(({ method, headers: { authorization } }, response) => {
    response.setHeader("access-control-allow-origin", "*");
    response.setHeader("access-control-allow-headers", "authorization,x-kept");
    if (method !== "OPTIONS") seen.push(authorization);
    response.writeHead(method === "OPTIONS" || seen.length < 2 ? 204 : 401).end();
  }).listen(0, "127.0.0.1");
  await once(service, "listening");
  const { port } = service.address() as { port: number };
  const url = `http://127.0.0.1:${port}/invoices`;
  try {
    const { token } = await tokens.getToken();
    expect((await tokens.fetch(url, { headers: { "x-kept": "yes" } })).status).toBe(204);
    expect((await tokens.fetch(url)).status).toBe(401);
    expect(seen).toEqual([`Bearer ${token}`, `Bearer ${token}`]);
    expect(tokenRequests()).toBe(1);
    await tokens.getToken();
    expect(tokenRequests()).toBe(2);
    await expect(tokens.fetch("http://billing.example.com/")).rejects.toThrow(TypeError);
  } finally {
    service.closeAllConnections();
    service.close();
  }
});
