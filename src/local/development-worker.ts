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

/** Names that mean this machine whatever a DNS server says (RFC 6761 section 6.3). */
const ownName = /^(localhost|127\.0\.0\.1|\[::1\]|[a-z0-9.-]+\.localhost)$/;

/** A page whose name was rebound to this machine would be of one origin with the mailbox and the first admin's claim. */
function isForThisMachine(request: Request): boolean {
  const host = request.headers.get("host")?.toLowerCase().replace(/:\d+$/, "");
  return [host, new URL(request.url).hostname].every(
    (name) => name !== undefined && ownName.test(name),
  );
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
    if (!isForThisMachine(request)) {
      return new Response("this host is not served here\n", { status: 421 });
    }
    const { pathname } = new URL(request.url);
    if (pathname === "/mailbox") return mailboxPage(await listMessages(env.MAILBOX));
    if (pathname === "/mailbox.json") return Response.json(await listMessages(env.MAILBOX));
    if (pathname === "/claim" && request.method === "POST")
      return Response.json(await issueClaim(env.DB));
    return app.fetch(request, env, context);
  },
  scheduled: () => app.scheduled(),
};
