/** Sign-ins at providers: `/callback/:id` and `/account-info`. */
import { APIError } from "better-auth/api";
import { eq, like } from "drizzle-orm";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { expect, vi } from "vitest";
import {
  readAccountAtProvider,
  tellUnavailableAccountInfo,
} from "../../../../src/worker/auth/better-auth/account-info.ts";
import {
  confirmAddressAtProvider,
  hideAccountOfUnprovenAddress,
  passProviders,
} from "../../../../src/worker/auth/better-auth/callback.ts";
import type { ChangeName } from "../../../../src/worker/auth/better-auth/changes.ts";
import { override } from "../../../../src/worker/auth/better-auth/override.ts";
import { unprovenAddress } from "../../../../src/worker/auth/better-auth/providers.ts";
import { account, session, user, verification } from "../../../../src/worker/db/schema.ts";
import {
  consoleUrl,
  database,
  enter,
  followVerification,
  linkIn,
  mailTo,
  newEmail,
  openApp,
} from "../../browser.ts";
import {
  addUser,
  call,
  google,
  pretend,
  proofHeaders,
  signIn,
  workerDatabase,
  type ChangeTest,
} from "./pretend.ts";

const tokenUrl = "https://oauth2.googleapis.com/token";
const keysUrl = "https://www.googleapis.com/oauth2/v3/certs";
const userInfoUrl = "https://openidconnect.googleapis.com/v1/userinfo";

let subjects = 0;

/** Google's answers, in place of the internet; `signer` is whose key signs the ID token. */
function openGoogle({ signer = "google", userInfo = true } = {}) {
  const opened = openApp({ socialProviders: ["google"] }, google);
  const keys = ["google", "stranger"].map(async (kid) => ({
    kid,
    ...(await generateKeyPair("RS256")),
  }));
  let claims: Record<string, unknown> = {};
  vi.stubGlobal("fetch", async (input: string | URL | Request) => {
    const { url } = new Request(input);
    const [own, stranger] = await Promise.all(keys);
    if (own === undefined || stranger === undefined) throw new Error("there are two keys");
    if (url === keysUrl) {
      const jwk = { ...(await exportJWK(own.publicKey)), kid: "google", alg: "RS256", use: "sig" };
      return Response.json({ keys: [jwk] });
    }
    if (url === userInfoUrl && userInfo) return Response.json(claims);
    if (url !== tokenUrl) return new Response(null, { status: 404 });
    const { privateKey } = signer === "google" ? own : stranger;
    const token = new SignJWT(claims).setProtectedHeader({ alg: "RS256", kid: "google" });
    return Response.json({
      access_token: "an-access-token",
      token_type: "Bearer",
      expires_in: 3600,
      id_token: await token.sign(privateKey),
    });
  });
  const browser = opened.open();
  /** A sign-in at Google, up to where the callback redirects. */
  const enterGoogle = async (profile: Record<string, unknown>) => {
    const begun = await browser.post<{ url: string }>("/api/auth/sign-in/social", {
      provider: "google",
      callbackURL: consoleUrl,
    });
    const asked = new URL(begun.body.url).searchParams;
    subjects += 1;
    const now = Math.floor(Date.now() / 1000);
    claims = {
      iss: "https://accounts.google.com",
      aud: google.GOOGLE_CLIENT_ID,
      sub: `subject-${subjects}`,
      iat: now,
      exp: now + 300,
      nonce: asked.get("nonce"),
      name: "Ada",
      ...profile,
    };
    const query = new URLSearchParams({ code: "a-code", state: asked.get("state") ?? "" });
    const finish = async () => {
      const answer = await browser.get(`/api/auth/callback/google?${query.toString()}`);
      return answer.headers.get("location") ?? String(answer.status);
    };
    return { location: await finish(), finish };
  };
  return { ...opened, browser, enterGoogle };
}

const unverified = (email: string) => ({ email, email_verified: false });

/** A callback that signs in without a call of the provider's. */
async function passBy(change: ChangeName): Promise<unknown> {
  const { id } = await addUser({ emailVerified: true });
  const endpoint = pretend(async (ctx) => signIn(ctx, id));
  const one = passProviders(["google"]).filter((applied) => applied.change === change);
  const answer = call(override(endpoint, ...one), { params: { id: "google" } });
  await answer.catch(() => undefined);
  const sessions = await database.select().from(session).where(eq(session.userId, id));
  expect(sessions).toEqual([]);
  return answer;
}

const redirect = (error: string) =>
  new APIError("FOUND", undefined, { location: `${consoleUrl}/?error=${error}` });

async function connectedPerson() {
  const person = await enter(openApp());
  const times = { createdAt: new Date(), updatedAt: new Date() };
  const id = crypto.randomUUID();
  const connected = { id, userId: person.id, providerId: "google", accountId: person.id };
  await database.insert(account).values({ ...connected, ...times });
  return { ...person, accountId: id };
}

export const providerChanges = {
  confirmAddressAtProvider: {
    async takesEffect() {
      const { mail, browser, enterGoogle } = openGoogle();
      const profile = { ...unverified(newEmail()), sub: "confirmed-at-google" };
      await enterGoogle(profile);
      const link = linkIn(await mailTo(mail, profile.email, "Confirm your email"));
      await followVerification(browser, link);
      await enterGoogle(profile);
      expect((await browser.session()).user).toMatchObject({ emailVerified: true });
    },
    async isMissed() {
      const ada = await addUser();
      const endpoint = override(
        pretend(async ({ context }) => {
          await context.internalAdapter.findUserByEmail(ada.email);
          throw redirect("email_not_verified");
        }),
        confirmAddressAtProvider(workerDatabase),
      );
      return call(endpoint, { headers: await proofHeaders(ada) });
    },
  },
  hideAccountOfUnprovenAddress: {
    async takesEffect() {
      const { email } = await addUser({ emailVerified: true });
      const { location } = await openGoogle().enterGoogle(unverified(email));
      expect(location).toContain("error=email_not_verified");
    },
    async isMissed() {
      const { email } = await addUser({ emailVerified: true });
      const endpoint = pretend(async ({ context }) => {
        unprovenAddress.set(email);
        await context.internalAdapter.findAccountOwnerByKey({
          providerId: "google",
          accountId: "nobody",
        });
        await context.internalAdapter.findUserByEmail(email);
        throw redirect("account_exists");
      });
      return call(override(endpoint, hideAccountOfUnprovenAddress));
    },
  },
  verifyProviderIdToken: {
    async takesEffect() {
      const { browser, enterGoogle } = openGoogle({ signer: "stranger" });
      const { location } = await enterGoogle({ email: newEmail(), email_verified: true });
      expect(location).toContain("error=unable_to_get_user_info");
      expect(await browser.session()).toEqual({ session: null });
    },
    isMissed: async () => passBy("verifyProviderIdToken"),
  },
  finishProviderSignInOnce: {
    async takesEffect() {
      await database.delete(verification).where(like(verification.id, "oauth-state:%"));
      const { browser, enterGoogle } = openGoogle();
      const { finish } = await enterGoogle({ email: newEmail(), email_verified: true });
      expect((await browser.session()).user).toMatchObject({ emailVerified: true });
      expect(await finish()).toContain("error=");
      const rows = await database
        .select()
        .from(verification)
        .where(like(verification.id, "oauth-state:%"));
      expect(rows).toHaveLength(1);
    },
    isMissed: async () => passBy("finishProviderSignInOnce"),
  },
  requireProvenProviderAddress: {
    async takesEffect() {
      const { browser, enterGoogle } = openGoogle();
      const email = newEmail();
      await enterGoogle(unverified(email));
      expect(await browser.session()).toEqual({ session: null });
      const [row] = await database.select().from(user).where(eq(user.email, email));
      expect(row).toMatchObject({ emailVerified: false });
    },
    isMissed: async () => passBy("requireProvenProviderAddress"),
  },
  readAccountAtProvider: {
    async takesEffect() {
      const { browser, enterGoogle } = openGoogle();
      const email = newEmail();
      await enterGoogle({ email, email_verified: true });
      expect(await readAccountInfo(browser)).toMatchObject({
        status: 200,
        body: { user: { email } },
      });
    },
    async isMissed() {
      const { id, accountId } = await connectedPerson();
      const endpoint = pretend(async ({ context }) => {
        await context.internalAdapter.findAccounts(id);
        return { user: {} };
      });
      return call(override(endpoint, readAccountAtProvider), { query: { accountId } });
    },
  },
  tellUnavailableAccountInfo: {
    async takesEffect() {
      const { browser, enterGoogle } = openGoogle({ userInfo: false });
      await enterGoogle({ email: newEmail(), email_verified: true });
      expect(await readAccountInfo(browser)).toMatchObject({
        status: 400,
        body: { code: "ACCOUNT_INFO_UNAVAILABLE" },
      });
    },
    async isMissed() {
      const endpoint = pretend(async ({ context }) => {
        context.session = { session: {}, user: {} } as never;
        throw new APIError("UNAUTHORIZED", { code: "PROVIDER_SILENT", message: "No answer" });
      });
      return call(override(endpoint, tellUnavailableAccountInfo));
    },
  },
} satisfies Record<string, ChangeTest>;

async function readAccountInfo(browser: ReturnType<typeof openGoogle>["browser"]) {
  const { body } =
    await browser.get<{ id: string; providerId: string }[]>("/api/auth/list-accounts");
  const id = body.find(({ providerId }) => providerId === "google")?.id ?? "";
  return browser.get(`/api/auth/account-info?accountId=${id}`);
}
