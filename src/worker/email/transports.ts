/**
 * How mail leaves the Worker: one small interface and its implementations. A transport sends one message or throws;
 * retries, order and storage are the outbox's. The development mailbox is not here: it is a Worker of its own with the
 * shape of the send_email binding, so that no deployment carries it.
 */

export interface EmailMessage {
  to: string;
  subject: string;
  text: string;
  html: string;
}

/** What a transport throws when its message may be logged: it quotes neither address nor text. */
export class EmailTransportError extends Error {
  override readonly name = "EmailTransportError";
}

export interface EmailTransport {
  /** Shown by `/healthz`. */
  name: string;
  /**
   * Hands one message over.
   *
   * @param options.idempotencyKey the same for every attempt at one message.
   * @throws when the provider did not accept it; the outbox tries again later. Only the message of an
   *   EmailTransportError is logged.
   */
  send(
    message: EmailMessage & { from: string },
    options: { idempotencyKey: string },
  ): Promise<void>;
}

/** The part of Cloudflare's `send_email` binding that is used. */
export interface SendEmailBinding {
  send(message: {
    from: string | { name: string; email: string };
    to: string;
    subject: string;
    text: string;
    html: string;
  }): Promise<unknown>;
}

/** Cloudflare's `send_email` binding. */
export function cloudflareEmail(binding: SendEmailBinding): EmailTransport {
  return {
    name: "send_email",
    async send({ from, to, subject, text, html }) {
      await binding.send({ from: parseSender(from), to, subject, text, html });
    },
  };
}

const resendTimeoutMilliseconds = 10_000;

/** Resend's HTTP API (https://resend.com/docs/api-reference/emails/send-email). */
export function resendEmail(
  apiKey: string,
  request: typeof fetch = (input, init) => fetch(input, init),
): EmailTransport {
  return {
    name: "resend",
    async send({ from, to, subject, text, html }, { idempotencyKey }) {
      const response = await request("https://api.resend.com/emails", {
        method: "POST",
        headers: {
          Authorization: `Bearer ${apiKey}`,
          "Content-Type": "application/json",
          "Idempotency-Key": idempotencyKey,
        },
        body: JSON.stringify({ from, to: [to], subject, text, html }),
        signal: AbortSignal.timeout(resendTimeoutMilliseconds),
      });
      // The body may quote the message; only the status is safe to keep.
      await response.body?.cancel();
      if (!response.ok) throw new EmailTransportError(`Resend answered ${response.status}`);
    },
  };
}

function parseSender(from: string): string | { name: string; email: string } {
  const [, name, email] = /^\s*(.*?)\s*<([^<>]+)>\s*$/.exec(from) ?? [];
  return name !== undefined && name !== "" && email !== undefined ? { name, email } : from;
}
