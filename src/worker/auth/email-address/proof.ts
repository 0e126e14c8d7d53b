/**
 * When an address counts as confirmed: once somebody who reads its mail has also signed in to the account, in one browser.
 * By the mailed link alone, whoever signs up with a stranger's address would be let in by the stranger's click, or by a
 * scanner of mails that opens links (account pre-hijacking). So the link leaves a proof in the browser that followed it,
 * and the account's own password, or its account at a provider, makes it count. A reset of the password by mail is both.
 */
import { and, eq, exists } from "drizzle-orm";
import type { AuthContext } from "better-auth";
import { runWithAdapter } from "@better-auth/core/context";
import type { DBAdapter } from "@better-auth/core/db/adapter";
import {
  callbackOAuth,
  createAuthMiddleware,
  getAuthoritativeSessionFromCtx,
  isAPIError,
  verifyEmail,
} from "better-auth/api";
import * as z from "zod";
import type { PhasedPlugin } from "../plugin-order.ts";
import { answering } from "../../db/adapter.ts";
import type { Database } from "../../db/database.ts";
import { user } from "../../db/schema.ts";
import { requestState } from "../../request-scope.ts";
import type { Routes } from "../routes/register.ts";
import { withOpenAddressChange } from "./change-links.ts";
import { auditInsert } from "../audit/event.ts";
import { around, type Endpoint, type EndpointContext } from "../better-auth/plugin-changes.ts";

type HookContext = Parameters<Parameters<typeof createAuthMiddleware>[0]>[0];

/** Whose mail the browser has read, and at which address. */
const proofSchema = z.object({ id: z.string(), email: z.string() });
type Proof = z.infer<typeof proofSchema>;

/** The account whose mailed link this request has followed. */
const mailReader = requestState<Proof>();
/** Set while a sign-in brings the proof: Better Auth would mail the link again that the browser has just followed. */
export const withoutVerificationMail = requestState<true>();

const bodySchema = z.object({ email: z.string() });

interface Options {
  routes: Routes;
  database: Database;
  /** How long a link works, and what it leaves. */
  seconds: number;
}

export function addressProof({ routes, database, seconds }: Options) {
  return {
    id: "nno-address-proof",
    phase: "settle",
    // In place of Better Auth's own, by their names.
    endpoints: {
      verifyEmail: notingReader(withOpenAddressChange(verifyEmail, database)),
      callbackOAuth: confirmingOwner(callbackOAuth, database),
    },
    hooks: {
      after: [
        {
          matcher: (context) => routes.of(context)?.address === "link",
          handler: createAuthMiddleware(async (ctx) => {
            const proof = mailReader.get();
            if (proof === undefined) return;
            const session = await getAuthoritativeSessionFromCtx(ctx);
            if (session?.user.id === proof.id) {
              await confirmAddress(database, proof, ctx.headers);
              return;
            }
            const cookie = proofCookie(ctx.context, seconds);
            const value = JSON.stringify(proof);
            await ctx.setSignedCookie(cookie.name, value, ctx.context.secret, cookie.attributes);
          }),
        },
        {
          // Used up: the address is confirmed, or belongs to an account that this browser is done with.
          matcher: (context) => routes.of(context)?.address === "uses-proof",
          handler: createAuthMiddleware(async (ctx) => {
            const cookie = proofCookie(ctx.context);
            if (ctx.context.newSession === null || ctx.getCookie(cookie.name) === null) return;
            ctx.setCookie(cookie.name, "", { ...cookie.attributes, maxAge: 0 });
          }),
        },
      ],
    },
  } satisfies PhasedPlugin;
}

/** Of whoever is the account's owner for another reason than its mail. An address that was changed meanwhile stays as it is. */
export async function confirmAddress(
  database: Database,
  { id, email }: Proof,
  headers: Headers | undefined,
): Promise<void> {
  const unconfirmed = and(eq(user.id, id), eq(user.email, email), eq(user.emailVerified, false));
  const isUnconfirmed = exists(database.select({ id: user.id }).from(user).where(unconfirmed));
  const event = { event: "email.verified" as const, actorId: id, detail: { email }, headers };
  await answering(async () =>
    database.batch([
      auditInsert(database, event, isUnconfirmed),
      database.update(user).set({ emailVerified: true, updatedAt: new Date() }).where(unconfirmed),
    ]),
  );
}

/**
 * Better Auth's sign-in, which refuses an address that is not confirmed, and with a password that is right alone. In a
 * browser with the proof that confirms it, and signs in.
 */
export function confirmingSignIn<Given extends Endpoint>(
  endpoint: Given,
  database: Database,
): Given {
  return around(endpoint, async (input) => {
    const proof = await readProof(input);
    const body = bodySchema.safeParse(input.body);
    const email = body.data?.email.toLowerCase();
    if (proof === undefined || proof.email !== email) return endpoint(input as never);
    try {
      withoutVerificationMail.set(true);
      return await endpoint(input as never).finally(withoutVerificationMail.clear);
    } catch (error) {
      if (!isAPIError(error) || error.body?.code !== "EMAIL_NOT_VERIFIED") throw error;
      await confirmAddress(database, proof, input.headers);
      return endpoint(input as never);
    }
  });
}

/** The return from a provider that does not vouch for the address, to the account that it is connected to already. */
function confirmingOwner<Given extends Endpoint>(endpoint: Given, database: Database): Given {
  return around(endpoint, async (input) => {
    const proof = await readProof(input);
    if (proof === undefined) return endpoint(input as never);
    const { adapter } = input.context;
    const findMany = async (query: Parameters<DBAdapter["findMany"]>[0]) => {
      const found = await adapter.findMany<{ user?: { id: string } }>(query);
      const isOwner = query.model === "account" && found[0]?.user?.id === proof.id;
      if (!isOwner) return found as never;
      await confirmAddress(database, proof, input.headers);
      return adapter.findMany(query) as never;
    };
    return runWithAdapter({ ...adapter, findMany }, () => endpoint(input as never));
  });
}

/** Better Auth's route, which has verified the link where it would confirm the address: that is noted instead. */
function notingReader<Given extends Endpoint>(endpoint: Given): Given {
  return around(endpoint, async (input) => {
    const { adapter, internalAdapter } = input.context;
    const update = async (query: Parameters<DBAdapter["update"]>[0]) => {
      const [{ field, value } = { field: "", value: "" }] = query.where;
      const confirms = query.model === "user" && query.update["emailVerified"] === true;
      if (!confirms || field !== "email") return adapter.update(query) as never;
      const found = await internalAdapter.findUserByEmail(String(value));
      if (found !== null) mailReader.set({ id: found.user.id, email: found.user.email });
      return (found?.user ?? null) as never;
    };
    return runWithAdapter({ ...adapter, update }, () => endpoint(input as never));
  });
}

const proofCookie = (context: AuthContext, maxAge?: number) =>
  context.createAuthCookie("address_proof", maxAge === undefined ? {} : { maxAge });

async function readProof(input: EndpointContext): Promise<Proof | undefined> {
  const value = await readCookie({ ...input, returnHeaders: false, asResponse: false } as never);
  if (typeof value !== "string") return undefined;
  // Signed: nobody but the hook above has written it.
  return proofSchema.parse(JSON.parse(value));
}

const readCookie = createAuthMiddleware(async (ctx: HookContext) =>
  ctx.getSignedCookie(proofCookie(ctx.context).name, ctx.context.secret),
);
