/**
 * The Worker of `npm run dev`: the platform's Worker as it is deployed, and, on the same port, the mailbox that catches its
 * mail. The Worker sends through its EMAIL binding, which leads to `Mailbox` here.
 */
import { WorkerEntrypoint } from "cloudflare:workers";
import { hashClaimToken } from "../worker/auth/platform/claim.ts";
import app from "../worker/index.ts";
import {
  listMessages,
  mailboxPage,
  storeMessage,
  type Mail,
  type MailboxStore,
} from "./mailbox.ts";

interface DevelopmentBindings {
  DB: D1Database;
  MAILBOX: MailboxStore;
}

/** Has the shape of Cloudflare's send_email binding. */
export class Mailbox extends WorkerEntrypoint<DevelopmentBindings> {
  async send(mail: Mail): Promise<{ messageId: string }> {
    return { messageId: await storeMessage(this.env.MAILBOX, mail, Date.now()) };
  }
}

const claimMilliseconds = 24 * 60 * 60 * 1000;

/**
 * Issues the claim with which somebody becomes the first platform admin; null if there is an admin. Deployed platforms get it
 * from the provisioning job.
 */
async function issueClaim(d1: D1Database): Promise<{ token: string | null }> {
  const admin = await d1.prepare("SELECT id FROM user WHERE role = 'platform-admin'").first();
  if (admin !== null) return { token: null };
  const token = crypto.randomUUID() + crypto.randomUUID();
  const now = Date.now();
  await d1
    .prepare("INSERT INTO platform_claim (token_hash, created_at, expires_at) VALUES (?, ?, ?)")
    .bind(await hashClaimToken(token), now, now + claimMilliseconds)
    .run();
  return { token };
}

export default {
  async fetch(
    request: Request,
    env: DevelopmentBindings,
    context: ExecutionContext,
  ): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (pathname === "/mailbox") return mailboxPage(await listMessages(env.MAILBOX));
    if (pathname === "/mailbox.json") return Response.json(await listMessages(env.MAILBOX));
    if (pathname === "/claim" && request.method === "POST")
      return Response.json(await issueClaim(env.DB));
    return app.fetch(request, env, context);
  },
  scheduled: () => app.scheduled(),
};
