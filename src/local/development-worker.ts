/**
 * What `npm start` runs: the platform's Worker as it is deployed, and beside it, on the same port, the mailbox that
 * catches its mail. The Worker sends through its EMAIL binding, which here leads to `Mailbox`.
 */
import { WorkerEntrypoint } from "cloudflare:workers";
import app from "../worker/index.ts";
import {
  listMessages,
  mailboxPage,
  storeMessage,
  type Mail,
  type MailboxStore,
} from "./mailbox.ts";

interface DevelopmentBindings {
  MAILBOX: MailboxStore;
}

/** The shape of Cloudflare's send_email binding. */
export class Mailbox extends WorkerEntrypoint<DevelopmentBindings> {
  async send(mail: Mail): Promise<{ messageId: string }> {
    return { messageId: await storeMessage(this.env.MAILBOX, mail, Date.now()) };
  }
}

export default {
  async fetch(request: Request, env: DevelopmentBindings): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (pathname === "/mailbox") return mailboxPage(await listMessages(env.MAILBOX));
    if (pathname === "/mailbox.json") return Response.json(await listMessages(env.MAILBOX));
    return app.fetch(request);
  },
  scheduled: () => app.scheduled(),
};
