/**
 * When an address counts as confirmed: once somebody who reads its mail has also signed in to the account, in one browser.
 * If the mailed link alone confirmed it, a stranger's click, or a mail scanner that opens links, would let in whoever signed
 * up with the stranger's address (account pre-hijacking). So the link leaves a proof in the browser that followed it, and
 * the account's own password, or its account at a provider, makes the proof count. A password reset by mail does both.
 */
import { and, eq, exists } from "drizzle-orm";
import type { AuthContext } from "better-auth";
import { createAuthMiddleware, getAuthoritativeSessionFromCtx } from "better-auth/api";
import * as z from "zod";
import { toApiErrors } from "../../db/api-errors.ts";
import type { Database } from "../../db/database.ts";
import { user } from "../../db/schema.ts";
import { requestState } from "../../request-scope.ts";
import { auditInsert } from "../audit/event.ts";
import type { EndpointContext } from "../better-auth/override.ts";
import type { PhasedPlugin } from "../plugin-order.ts";
import type { Routes } from "../routes/register.ts";

type HookContext = Parameters<Parameters<typeof createAuthMiddleware>[0]>[0];

/** The account whose mail this browser has read, and the address that it was sent to. */
const proofSchema = z.object({ id: z.string(), email: z.string() });
type Proof = z.infer<typeof proofSchema>;

/** The account whose mailed link this request has followed. */
export const mailReader = requestState<Proof>();
/** Set while a sign-in brings the proof: Better Auth would mail the link again that the browser has just followed. */
export const withoutVerificationMail = requestState<true>();

interface Options {
  routes: Routes;
  database: Database;
  /** How long the proof is good for: as long as the link that it comes from. */
  seconds: number;
}

export function addressProof({ routes, database, seconds }: Options) {
  return {
    id: "nno-address-proof",
    phase: "settle",
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
          // A sign-in uses the proof up: the address is confirmed, or the browser has moved on to another account.
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

/**
 * Confirms the address of somebody who has shown that the account is theirs. Does nothing when the account is at another
 * address by now, or the address is confirmed already.
 */
export async function confirmAddress(
  database: Database,
  { id, email }: Proof,
  headers: Headers | undefined,
): Promise<void> {
  const unconfirmed = and(eq(user.id, id), eq(user.email, email), eq(user.emailVerified, false));
  const isUnconfirmed = exists(database.select({ id: user.id }).from(user).where(unconfirmed));
  const event = { event: "email.verified" as const, actorId: id, detail: { email }, headers };
  await toApiErrors(async () =>
    database.batch([
      auditInsert(database, event, isUnconfirmed),
      database.update(user).set({ emailVerified: true, updatedAt: new Date() }).where(unconfirmed),
    ]),
  );
}

/** The proof that the browser of this request holds. */
export async function readProof(input: EndpointContext): Promise<Proof | undefined> {
  const value = await readCookie({ ...input, returnHeaders: false, asResponse: false } as never);
  if (typeof value !== "string") return undefined;
  // The cookie is signed: only the hook above wrote it.
  return proofSchema.parse(JSON.parse(value));
}

const proofCookie = (context: AuthContext, maxAge?: number) =>
  context.createAuthCookie("address_proof", maxAge === undefined ? {} : { maxAge });

const readCookie = createAuthMiddleware(async (ctx: HookContext) =>
  ctx.getSignedCookie(proofCookie(ctx.context).name, ctx.context.secret),
);
