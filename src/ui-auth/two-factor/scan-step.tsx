/** The enrolment step that shows the QR code and confirms the first code. */
import { useNnoAuthClient } from "@neutrino-io/sdk";
import { useState } from "react";
import { renderSVG } from "uqr";
import { call } from "../data/call.ts";
import { useUiAuth } from "../host/provider.tsx";
import { Submit } from "../primitives/button.tsx";
import { CodeField } from "../primitives/code-field.tsx";
import { CopyButton } from "../primitives/copy-button.tsx";
import { useForm } from "../primitives/form.ts";
import { FormError } from "../primitives/notes.tsx";

export function ScanStep({ uri, onDone }: { uri: string; onDone: () => void }) {
  const client = useNnoAuthClient();
  const { messages } = useUiAuth();
  const [attempt, setAttempt] = useState(0);
  const key = URL.parse(uri)?.searchParams.get("secret") ?? "";
  const form = useForm(async ({ code = "" }) => {
    const outcome = await call(() => client.twoFactor.verifyTotp({ code }));
    if (!outcome.ok) {
      setAttempt((before) => before + 1);
      return outcome.failure;
    }
    onDone();
    return undefined;
  });
  return (
    <form {...form.props} className="nno-form">
      <img
        className="nno-qr"
        alt={messages.enrolment.qrLabel}
        src={`data:image/svg+xml,${encodeURIComponent(renderSVG(uri, { border: 2 }))}`}
      />
      <div className="nno-field">
        <span className="nno-label">{messages.enrolment.key}</span>
        <div className="nno-key">
          <code>{key}</code>
          <CopyButton text={key} />
        </div>
      </div>
      <p className="nno-text">{messages.enrolment.confirmText}</p>
      <CodeField
        key={attempt}
        form={form}
        label={messages.twoFactor.code}
        autoFocus={attempt > 0}
      />
      <FormError form={form} />
      <Submit form={form}>{messages.enrolment.confirm}</Submit>
    </form>
  );
}
