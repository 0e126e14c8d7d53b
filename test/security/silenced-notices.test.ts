/** A thief knows that the account's owner is mailed, and does what they can to keep that mail, or its link, from working. */
import { beforeAll, expect, it, vi } from "vitest";
import { linkIn, password, type Browser } from "../people.ts";
import { startTarget, type Target } from "./target.ts";

let target: Target;

beforeAll(async () => {
  target = await startTarget({
    entry: "test/security/workers/slow-records.ts",
    isolates: 2,
    cheapHashes: true,
  });
  return target.stop;
});

const newPassword = "velvet orchards 41 tortoise";
const post = async (browser: Browser, path: string, body: object, headers = {}) =>
  browser.post<{ code?: string }>(`/api/auth${path}`, body, headers);
const mailsTo = (email: string, subject: string) =>
  target.mail.filter((message) => message.to === email && message.subject.includes(subject));
const signIn = async (
  email: string,
  address: string,
  { browser = target.open(), isolate = 0, secret = password } = {},
) => {
  const headers = { "cf-connecting-ip": address, "x-test-isolate": String(isolate) };
  const answer = await post(browser, "/sign-in/email", { email, password: secret }, headers);
  expect(answer.status).toBe(200);
  return browser;
};
const signUp = async () => {
  const ada = await target.enter("Ada");
  const home = await signIn(ada.email, "203.0.113.50");
  return { ...ada, home };
};
const linkTo = async (email: string) => {
  const { hash } = linkIn(await target.mailTo(email, "New sign-in"));
  return { token: new URLSearchParams(hash.slice(1)).get("token") };
};
const isSignedIn = async (browser: Browser) => (await browser.session()).session !== null;

it.each([
  ["ends all other sessions", "/revoke-other-sessions", {}],
  ["changes the password", "/change-password", { currentPassword: password, newPassword }],
])("a thief who %s leaves the link of the mail as it is", async (_, path, body) => {
  const ada = await signUp();
  const thief = await signIn(ada.email, "198.51.100.78");
  const link = await linkTo(ada.email);
  expect((await post(thief, path, body)).status).toBe(200);
  expect(await isSignedIn(thief)).toBe(true);
  expect((await post(target.open(), "/end-sessions", link)).status).toBe(200);
  expect(await isSignedIn(thief)).toBe(false);
});

it("two sign-ins from one network at the same moment do not make it known to each other", async () => {
  const ada = await signUp();
  await Promise.all([0, 1].map(async (isolate) => signIn(ada.email, "198.51.100.79", { isolate })));
  await target.mailTo(ada.email, "New sign-in");
});

it("a device that showed an earlier password is no known one", async () => {
  const ada = await signUp();
  const thief = await signIn(ada.email, "198.51.100.80");
  await target.mailTo(ada.email, "New sign-in");
  const changed = await post(ada.home, "/change-password", {
    currentPassword: password,
    newPassword,
  });
  expect(changed.status).toBe(200);
  await signIn(ada.email, "198.51.100.81", { browser: thief, secret: newPassword });
  await vi.waitFor(() => expect(mailsTo(ada.email, "New sign-in")).toHaveLength(2), 5000);
});
