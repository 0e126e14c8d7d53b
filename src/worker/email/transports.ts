/**
 * The interface for sending mail, and its implementations. A transport sends one message or throws; the outbox is
 * responsible for retries, order and storage. The development mailbox is a separate Worker that implements the send_email
 * binding, so that it is never part of a deployment.
 */

export interface EmailMessage {
  to: string;
  subject: string;
  text: string;
  html: string;
}

/** An error whose message may be logged, because it quotes neither the address nor the text of the mail. */
export class EmailTransportError extends Error {
  override readonly name = "EmailTransportError";
}

export interface EmailTransport {
  /** Shown by `/healthz`. */
  name: string;
  /**
   * Hands one message to the provider.
   *
   * @param options.idempotencyKey is the same for every attempt to send one message.
   * @throws if the provider does not accept the message; the outbox retries later. Only the message of an
   *   EmailTransportError is logged.
   */
  send(
    message: EmailMessage & { from: string },
    options: { idempotencyKey: string },
  ): Promise<void>;
}

/** The part of Cloudflare's `send_email` binding that this Worker uses. */
export interface SendEmailBinding {
  send(message: {
    from: string | { name: string; email: string };
    to: string;
    subject: string;
    text: string;
    html: string;
  }): Promise<unknown>;
}

/** Sends through Cloudflare's `send_email` binding. */
export function cloudflareEmail(binding: SendEmailBinding): EmailTransport {
  return {
    name: "send_email",
    async send({ from, to, subject, text, html }) {
      await binding.send({ from: parseSender(from), to, subject, text, html });
    },
  };
}

const resendTimeoutMilliseconds = 10_000;

/** Sends through Resend's HTTP API (https://resend.com/docs/api-reference/emails/send-email). */
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
      // The response body may quote the message, so only the status is kept.
      await response.body?.cancel();
      if (!response.ok) throw new EmailTransportError(`Resend answered ${response.status}`);
    },
  };
}

function parseSender(from: string): string | { name: string; email: string } {
  const [, name, email] = /^\s*(.*?)\s*<([^<>]+)>\s*$/.exec(from) ?? [];
  return name !== undefined && name !== "" && email !== undefined ? { name, email } : from;
}
