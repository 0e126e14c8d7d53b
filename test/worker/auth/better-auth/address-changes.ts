/** Confirmed and changed addresses: `/verify-email` and `/sign-in/email`. */
import { APIError, createAuthEndpoint, createEmailVerificationToken } from "better-auth/api";
import { eq } from "drizzle-orm";
import { expect } from "vitest";
import * as z from "zod";
import { addressChangeLinks } from "../../../../src/worker/auth/better-auth/literals.ts";
import { override } from "../../../../src/worker/auth/better-auth/override.ts";
import {
  confirmAddressBySignIn,
  hideUnconfirmedAddress,
  takeCodeAtSignIn,
} from "../../../../src/worker/auth/better-auth/sign-in-email.ts";
import {
  confirmAddressByProof,
  moveAddressOnce,
  refuseEndedAddressChange,
} from "../../../../src/worker/auth/better-auth/verify-email.ts";
import { openAddressChange } from "../../../../src/worker/auth/email-address/change-links.ts";
import { session, user } from "../../../../src/worker/db/schema.ts";
import { database, newEmail, password } from "../../browser.ts";
import {
  addUser,
  auth,
  call,
  inRequest,
  pretend,
  proofHeaders,
  signIn,
  workerDatabase,
  type ChangeTest,
} from "./pretend.ts";

export async function linkFor(
  { email }: { email: string },
  { updateTo, ...claims }: { updateTo?: string; userId?: string; requestType?: string } = {},
) {
  const { secret } = await auth.$context;
  return { token: await createEmailVerificationToken(secret, email, updateTo, 60, claims) };
}

const follow = async (query: { token: string }) =>
  inRequest(async () => auth.api.verifyEmail({ query }));

export async function readUser(id: string) {
  const [row] = await database.select().from(user).where(eq(user.id, id));
  return row;
}

const invalidToken = { body: { code: "INVALID_TOKEN" } };

async function changeLink(requestType: string) {
  const ada = await addUser({ emailVerified: true });
  const updateTo = newEmail();
  return { ada, updateTo, link: await linkFor(ada, { updateTo, userId: ada.id, requestType }) };
}

/** Refuses the right password of an address that is not confirmed, with a code of its own. */
const signInThatTells = (code: string) =>
  pretend(async ({ context, body }) => {
    const { email } = body as { email: string };
    const found = await context.internalAdapter.findUserByEmail(email, { includeAccounts: true });
    const [credential] = found?.accounts ?? [];
    await context.password.verify({ hash: credential?.password ?? "", password });
    throw new APIError("FORBIDDEN", { code, message: "Not confirmed" });
  });

export const addressChanges = {
  confirmAddressByProof: {
    async takesEffect() {
      const ada = await addUser();
      expect(await follow(await linkFor(ada, { userId: ada.id }))).toMatchObject({ status: true });
      expect(await readUser(ada.id)).toMatchObject({ emailVerified: false });
    },
    async isMissed() {
      const ada = await addUser();
      const endpoint = pretend(async ({ context }) => {
        await context.internalAdapter.findUserByEmail(ada.email);
        return { status: true };
      });
      return call(override(endpoint, confirmAddressByProof), { query: await linkFor(ada) });
    },
  },
  refuseEndedAddressChange: {
    async takesEffect() {
      const { link } = await changeLink(addressChangeLinks.confirmation);
      await expect(follow(link)).rejects.toMatchObject(invalidToken);
    },
    async isMissed() {
      const { link } = await changeLink(addressChangeLinks.confirmation);
      const endpoint = pretend(async () => ({ status: true }));
      return call(override(endpoint, refuseEndedAddressChange(workerDatabase)), { query: link });
    },
  },
  moveAddressOnce: {
    async takesEffect() {
      const { ada, updateTo, link } = await changeLink(addressChangeLinks.verification);
      await openAddressChange(workerDatabase, link.token, 60);
      const answers = await Promise.allSettled([follow(link), follow(link)]);
      expect(answers.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
      expect(await readUser(ada.id)).toMatchObject({ email: updateTo, emailVerified: true });
    },
    async isMissed() {
      const { link } = await changeLink(addressChangeLinks.verification);
      const endpoint = pretend(async () => ({ status: true }));
      return call(override(endpoint, moveAddressOnce(workerDatabase)), { query: link });
    },
  },
  confirmAddressBySignIn: {
    async takesEffect() {
      const ada = await addUser();
      const { email } = ada;
      const headers = await proofHeaders(ada);
      await inRequest(async () => auth.api.signInEmail({ body: { email, password }, headers }));
      expect(await readUser(ada.id)).toMatchObject({ emailVerified: true });
    },
    async isMissed() {
      const ada = await addUser();
      const endpoint = override(
        signInThatTells("ADDRESS_PENDING"),
        confirmAddressBySignIn(workerDatabase),
      );
      const headers = await proofHeaders(ada);
      return call(endpoint, { body: { email: ada.email }, headers });
    },
  },
  hideUnconfirmedAddress: {
    async takesEffect() {
      const { email } = await addUser();
      const answer = inRequest(async () => auth.api.signInEmail({ body: { email, password } }));
      await expect(answer).rejects.toMatchObject({
        statusCode: 401,
        body: { code: "INVALID_EMAIL_OR_PASSWORD" },
      });
    },
    async isMissed() {
      const { email } = await addUser();
      const endpoint = override(signInThatTells("ADDRESS_PENDING"), hideUnconfirmedAddress);
      return call(endpoint, { body: { email } });
    },
  },
  takeCodeAtSignIn: {
    async takesEffect() {
      const { body } = auth.api.signInEmail.options;
      expect(
        body.safeParse({ email: "a@example.com", password, code: "123456" }).data,
      ).toHaveProperty("code");
    },
    isMissed: () =>
      takeCodeAtSignIn(
        createAuthEndpoint(
          "/pretended",
          { method: "POST", body: z.object({ code: z.number() }) },
          async () => ({}),
        ),
      ),
  },
} satisfies Record<string, ChangeTest>;

/** A version that lets an unconfirmed address in. */
export async function letInUnconfirmed(): Promise<unknown[]> {
  const ada = await addUser();
  const endpoint = pretend(async (ctx) => {
    const { internalAdapter, password: hashes } = ctx.context;
    const found = await internalAdapter.findUserByEmail(ada.email, { includeAccounts: true });
    await hashes.verify({ hash: found?.accounts[0]?.password ?? "", password });
    await signIn(ctx, ada.id);
    // The last that it reads of the user: still unconfirmed.
    await internalAdapter.findUserByEmail(ada.email);
    return { token: "a-token" };
  });
  await expect(call(override(endpoint, hideUnconfirmedAddress))).rejects.toMatchObject({
    body: { code: "UPSTREAM_CHANGED" },
  });
  return database.select().from(session).where(eq(session.userId, ada.id));
}
