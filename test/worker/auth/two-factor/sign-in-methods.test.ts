import { magicLink } from "better-auth/plugins/magic-link";
import { expect, it } from "vitest";
import { UnsecuredJWT } from "jose";
import { consoleUrl, enrol, openApp, signUp, type Person } from "../../browser.ts";

/** Tokens of the links that the owner's plugin would mail. */
const links = new Map<string, string>();

const opened = openApp(
  {
    plugins: [
      magicLink({ sendMagicLink: async ({ email, token }) => void links.set(email, token) }),
    ],
    socialProviders: [
      {
        provider: "google",
        // Google's keys cannot be fetched here; everything behind the check of the token is real.
        verifyIdToken: async () => true,
      },
    ],
  },
  { GOOGLE_CLIENT_ID: "id", GOOGLE_CLIENT_SECRET: "secret" },
);

/** What Google would say of a person. */
function idToken({ id, email }: Person): string {
  const claims = { sub: `google-${id}`, email, email_verified: true, name: "Ada" };
  return new UnsecuredJWT(claims).encode();
}

async function openMagicLink(email: string) {
  const browser = opened.open();
  await browser.post("/api/auth/sign-in/magic-link", { email });
  const query = new URLSearchParams({ token: links.get(email) ?? "", callbackURL: consoleUrl });
  const answer = await browser.get(`/api/auth/magic-link/verify?${query.toString()}`);
  return { browser, answer };
}

it("lets a plugin of the owner's sign in", async () => {
  const ada = await signUp(opened);
  const { browser, answer } = await openMagicLink(ada.email);
  expect(answer.headers.get("location")).toBe(`${consoleUrl}/`);
  expect((await browser.session()).user.email).toBe(ada.email);
});

it("challenges a sign-in by redirect, and sends the browser to the page that asks", async () => {
  const ada = await signUp(opened);
  const { code } = await enrol(ada.browser);
  const { browser, answer } = await openMagicLink(ada.email);
  expect(answer.status).toBe(302);
  const location = new URL(answer.headers.get("location") ?? "");
  expect(location.origin + location.pathname).toBe(`${consoleUrl}/two-factor`);
  expect(location.searchParams.get("callbackURL")).toBe(`${consoleUrl}/`);
  expect(browser.setCookies.filter((cookie) => /session_token=[^;]/.test(cookie))).toEqual([]);
  expect(await browser.session()).toEqual({ session: null });
  const verified = await browser.post("/api/auth/two-factor/verify-totp", { code: await code(1) });
  expect(verified.status).toBe(200);
  expect((await browser.session()).user.email).toBe(ada.email);
});

it("challenges a social sign-in", async () => {
  const ada = await signUp(opened);
  const social = { provider: "google", idToken: { token: idToken(ada) } };
  const first = opened.open();
  expect((await first.post("/api/auth/sign-in/social", social)).status).toBe(403);
  const linked = await ada.browser.post("/api/auth/link-social", social);
  expect(linked.status).toBe(200);
  expect((await first.post("/api/auth/sign-in/social", social)).status).toBe(200);
  expect((await first.session()).user.email).toBe(ada.email);
  const { code } = await enrol(ada.browser);
  const browser = opened.open();
  const answer = await browser.post("/api/auth/sign-in/social", social);
  expect(answer.body).toMatchObject({ twoFactorRedirect: true });
  expect(answer.headers.get("set-auth-token")).toBeNull();
  expect(await browser.session()).toEqual({ session: null });
  await browser.post("/api/auth/two-factor/verify-totp", { code: await code(1) });
  expect((await browser.session()).user.email).toBe(ada.email);
});
