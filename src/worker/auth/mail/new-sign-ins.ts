/**
 * A sign-in on a device and from a network that the account has never used is mailed to its owner, with a link that ends
 * that session and all others. The link works once and opens a page that asks (`http/end-sessions-page.ts`), because
 * scanners of mails follow links. The token is in its fragment, so it reaches no log.
 */
import { and, desc, eq, exists, gt } from "drizzle-orm";
import { generateId } from "better-auth";
import { APIError, createAuthEndpoint } from "better-auth/api";
import * as z from "zod";
import { toApiErrors } from "../../db/api-errors.ts";
import type { Database } from "../../db/database.ts";
import { auditEvent, session, verification } from "../../db/schema.ts";
import { render, templates, type Addressee } from "../../email/templates.ts";
import { networkOf } from "../../http/network.ts";
import { requestState } from "../../request-scope.ts";
import { auditInsert } from "../audit/event.ts";
import { hashClaimToken } from "../platform/claim.ts";
import { allVerificationsOf, ownersLink } from "../sessions/session-ends.ts";
import { paths } from "../routes/paths.ts";
import { noticeTo } from "../throttle/mail-and-start-limits.ts";
import type { Tries } from "../throttle/tries.ts";
import { describeDevice } from "./device-name.ts";
import { noticeSeconds, type SendEmail } from "./send-mails.ts";

/** The country and city of the request, as Cloudflare reports them. Set before the request is handled. */
export const requestPlace = requestState<{ country?: unknown; city?: unknown }>();

/** The sign-ins of an account that are looked at; a network that was last used before these counts as new. */
const signInsRead = 100;

interface SignIn {
  at: string;
  device: string;
  place: string | undefined;
  address: string | undefined;
}

/** The event of the sign-in in the audit log. */
interface SignInEvent {
  userId: string;
  at: Date;
  headers: Headers | undefined;
}

export type NewSignIns = ReturnType<typeof newSignInMails>;

export function describeSignIn(headers: Headers | undefined): SignIn {
  const { country, city } = requestPlace.get() ?? {};
  const parts = [city, typeof country === "string" ? countryName(country) : undefined];
  const known = parts.filter((part): part is string => typeof part === "string" && part !== "");
  return {
    at: `${new Date().toISOString().slice(0, 16).replace("T", " ")} UTC`,
    device: describeDevice(headers?.get("user-agent")),
    place: known.length === 0 ? undefined : known.join(", "),
    address: headers?.get("cf-connecting-ip") ?? undefined,
  };
}

function countryName(code: string): string | undefined {
  // Cloudflare says XX for unknown, and T1 for Tor.
  if (code === "T1") return "the Tor network";
  if (!/^[A-Z]{2}$/.test(code) || code === "XX") return undefined;
  return new Intl.DisplayNames(["en"], { type: "region" }).of(code);
}

export function newSignInMails({
  authUrl,
  database,
  tries,
  sendEmail,
}: {
  authUrl: string;
  database: Database;
  tries: Tries;
  sendEmail: SendEmail;
}) {
  /**
   * The first sign-in of an account is its owner's, and makes its network known. Only earlier sign-ins count. Otherwise two
   * sign-ins at the same moment would make the network known to each other, and neither would be mailed.
   */
  async function isKnownNetwork({ userId, at, headers }: SignInEvent): Promise<boolean> {
    const events = await database
      .select({ ipAddress: auditEvent.ipAddress, createdAt: auditEvent.createdAt })
      .from(auditEvent)
      .where(and(eq(auditEvent.actorId, userId), eq(auditEvent.event, "session.created")))
      .orderBy(desc(auditEvent.id))
      .limit(signInsRead);
    const before = events.filter(({ createdAt }) => createdAt < at);
    if (before.length === 0) return true;
    const network = networkOf(headers);
    return before.some(
      ({ ipAddress }) =>
        networkOf(new Headers(ipAddress === null ? {} : { "cf-connecting-ip": ipAddress })) ===
        network,
    );
  }

  async function mailUnlessKnown(
    owner: Addressee & { id: string; email: string },
    signIn: SignIn,
    { at, headers }: Omit<SignInEvent, "userId">,
  ): Promise<void> {
    if (await isKnownNetwork({ userId: owner.id, at, headers })) return;
    const token = generateId(43);
    const url = new URL("/sign-out-everywhere", authUrl);
    url.hash = new URLSearchParams({ token }).toString();
    const template = templates.newSignIn({ ...owner, ...signIn, url: url.href });
    const message = render(owner.email, template);
    sendEmail(message, noticeSeconds, async () => {
      // Somebody who has the password can sign in from as many networks as they like.
      if ((await tries.take(noticeTo("newSignIn", owner.email), Date.now())) !== undefined)
        return false;
      const now = new Date();
      await database.insert(verification).values({
        id: generateId(),
        identifier: `end-sessions:${await hashClaimToken(token)}`,
        // Only a reset by mail, and the use of another such link, end it.
        value: ownersLink(owner.id),
        expiresAt: new Date(now.getTime() + noticeSeconds * 1000),
        createdAt: now,
        updatedAt: now,
      });
      return true;
    });
  }

  const endSessionsByLink = createAuthEndpoint(
    paths.endSessions,
    {
      method: "POST",
      body: z.strictObject({ token: z.string().max(64) }),
      requireHeaders: true,
      metadata: {
        openapi: {
          operationId: "endSessionsByLink",
          description: "Ends all sessions of the account that was mailed about a new sign-in",
          responses: { "200": { description: "All sessions are ended" } },
        },
      },
    },
    async (ctx) => {
      const link = and(
        eq(verification.identifier, `end-sessions:${await hashClaimToken(ctx.body.token)}`),
        gt(verification.expiresAt, new Date()),
      );
      const refused = () =>
        new APIError("BAD_REQUEST", {
          code: "INVALID_TOKEN",
          message:
            "This link was used before, or has expired. Sign in, and end your sessions there.",
        });
      const [found] = await database
        .select({ value: verification.value })
        .from(verification)
        .where(link);
      if (found === undefined) throw refused();
      const ownerId = found.value.slice(ownersLink("").length);
      const stands = exists(
        database.select({ id: verification.id }).from(verification).where(link),
      );
      const event = {
        event: "session.revoked" as const,
        actorId: ownerId,
        detail: { route: paths.endSessions },
        headers: ctx.headers,
      };
      const [, , ended] = await toApiErrors(() =>
        database.batch([
          auditInsert(database, event, stands),
          database.delete(session).where(and(eq(session.userId, ownerId), stands)),
          database
            .delete(verification)
            .where(and(allVerificationsOf(ownerId), stands))
            .returning({ id: verification.id }),
        ]),
      );
      // Another request has used the link meanwhile.
      if (ended.length === 0) throw refused();
      return ctx.json({ success: true });
    },
  );

  return { mailUnlessKnown, endpoints: { endSessionsByLink } };
}
