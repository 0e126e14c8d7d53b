/** What a sign-in page is told before anybody is signed in. */
import { expect, it } from "vitest";
import { mailTo, openApp, signUpAdmin } from "../../browser.ts";

const path = "/api/auth/platform/sign-in-options";

it("names the providers that have credentials, and only those", async () => {
  const { open } = openApp(
    { socialProviders: ["google", "github"] },
    { GITHUB_CLIENT_ID: "an-id", GITHUB_CLIENT_SECRET: "a-secret" },
  );
  const { status, body } = await open().get(path);
  expect(status).toBe(200);
  expect(body).toEqual({
    providers: ["github"],
    providerNames: {},
    minPasswordLength: 15,
    minPasswordLengthWithTwoFactor: 8,
  });
});

it("names none where none is configured", async () => {
  const { body } = await openApp().open().get(path);
  expect(body).toEqual({
    providers: [],
    providerNames: {},
    minPasswordLength: 15,
    minPasswordLengthWithTwoFactor: 8,
  });
});

it("answers platform admins who still have to enrol a second factor", async () => {
  const opened = openApp({ platformAdminsNeedTwoFactor: true });
  const { browser } = await signUpAdmin(opened);
  expect((await browser.get(path)).status).toBe(200);
});

it("is in the API reference", async () => {
  const { body } = await openApp().open().get<{ paths: object }>("/api/auth/openapi.json");
  expect(body.paths).toHaveProperty([path.slice("/api/auth".length)]);
});

it("leaves a verification link alone whose caller named a page on another origin", async () => {
  const { open, mail } = openApp();
  const callbackURL = "https://shop.app.default.k3m9p2xw7q.nno.app/welcome";
  await open().post("/api/auth/sign-up/email", {
    name: "Ada",
    email: "ada@example.com",
    password: "tortoise velvet 41 orchards",
    callbackURL,
  });
  const { text } = await mailTo(mail, "ada@example.com", "Confirm your email");
  expect(text).toContain(
    "https://auth.svc.default.k3m9p2xw7q.nno.app/api/auth/verify-email?token=",
  );
});
