import { expect, it } from "vitest";
import { Browser, enrol, enter, openApp, password, secret, signUp } from "../browser.ts";

const newSecret = "the-new-secret-of-32-characters-or-more";
const before = openApp();
const rotated = openApp(
  {},
  { BETTER_AUTH_SECRET: undefined, BETTER_AUTH_SECRETS: `2:${newSecret},1:${secret}` },
);
const after = openApp({}, { BETTER_AUTH_SECRET: newSecret });

/** The same browser, in front of another release of the Worker. */
function moveTo(browser: Browser, { app }: ReturnType<typeof openApp>): Browser {
  const moved = new Browser(app);
  for (const [name, value] of browser.cookies) moved.cookies.set(name, value);
  return moved;
}

it("keeps sessions through a rotation, and signs their cookies with the new secret", async () => {
  const ada = await enter(before);
  expect(await moveTo(ada.browser, after).session()).toEqual({ session: null });
  const during = moveTo(ada.browser, rotated);
  expect((await during.session()).user.email).toBe(ada.email);
  expect(during.setCookies).toEqual([
    expect.stringMatching(
      /^__Secure-better-auth\.session_token=[^;]+; Max-Age=604800; Domain=\.k3m9p2xw7q\.nno\.app; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
    ),
    expect.stringMatching(/^__Host-better-auth\.session_binding=[\w-]{43}; Max-Age=604800; /),
  ]);
  await during.session();
  expect(during.setCookies).toEqual([]);
  expect((await moveTo(during, after).session()).user.email).toBe(ada.email);
});

it("still decrypts authenticators that were enrolled before", async () => {
  const ada = await enter(before);
  const { code } = await enrol(ada.browser);
  const browser = rotated.open();
  await browser.post("/api/auth/sign-in/email", { email: ada.email, password });
  const verified = await browser.post("/api/auth/two-factor/verify-totp", { code: await code(1) });
  expect(verified.status).toBe(200);
});

it("ends a session for good when its owner signs out during the rotation", async () => {
  const ada = await enter(before);
  const during = moveTo(ada.browser, rotated);
  await during.post("/api/auth/sign-out");
  expect(during.setCookies.filter((line) => /session_token=[^;]/.test(line))).toEqual([]);
  expect(await moveTo(ada.browser, rotated).session()).toEqual({ session: null });
});

it("signs no cookie again that is not the session's by name", async () => {
  const ada = await enter(before);
  const during = rotated.open();
  for (const value of ada.browser.cookies.values()) {
    during.cookies.set("better-auth.session_token", value);
  }
  expect(await during.session()).toEqual({ session: null });
  expect(during.setCookies).toEqual([]);
});

it("accepts no cookie that neither secret signed", async () => {
  const ada = await signUp(openApp({}, { BETTER_AUTH_SECRET: "z".repeat(40) }));
  expect(await moveTo(ada.browser, rotated).session()).toEqual({ session: null });
});

it("signs no session again that a neighbour has put beside the browser's own", async () => {
  const [ada, mallory] = [await enter(before), await enter(before)];
  const name = "__Secure-better-auth.session_token";
  const own = [...ada.browser.cookies].map(([key, value]) => `${key}=${value}`).join("; ");
  const cookie = `${own}; ${name}=${mallory.browser.cookies.get(name)}`;
  const during = moveTo(ada.browser, rotated);
  const answer = await during.get("/api/auth/session", { cookie, "sec-fetch-site": "same-site" });
  expect(answer.body).toMatchObject({ user: { email: ada.email } });
  expect((await during.session()).user.email).toBe(ada.email);
  const token = mallory.browser.cookies.get(name)?.split(".")[0] ?? "";
  expect(during.setCookies.join()).not.toContain(token);
});
