/**
 * Turning two-factor authentication on and off. It is on only after a first code was confirmed, so a tab that is closed
 * in between leaves the account as it was; beginning again makes a new key.
 */
import { useNnoAuthClient, useNnoSession } from "@neutrino-io/sdk";
import { useState } from "react";
import { renderSVG } from "uqr";
import { call, type Failure } from "./call.ts";
import { Section } from "./card.tsx";
import { CodeField } from "./code-field.tsx";
import { CopyButton, downloadFile } from "./copy.tsx";
import { Dialog } from "./dialog.tsx";
import { Button, FormError, PasswordField, Submit, useForm } from "./form.tsx";
import { useUiAuth } from "./provider.tsx";
import { StepUpError, usePasswordState } from "./without-password.tsx";

type Step = "closed" | "enable" | "scan" | "codes" | "disable" | "replace";

export function TwoFactorEnrolment() {
  const { user } = useNnoSession();
  const client = useNnoAuthClient();
  const { messages } = useUiAuth();
  const words = messages.enrolment;
  const { hasPassword, loading } = usePasswordState();
  const [refused, setRefused] = useState<Failure>();
  const [busy, setBusy] = useState(false);
  const [step, setStep] = useState<Step>("closed");
  const [uri, setUri] = useState("");
  const [codes, setCodes] = useState<string[]>([]);
  const enabled = user.twoFactorEnabled;
  const titles: Record<Step, string> = {
    closed: words.title,
    enable: words.title,
    scan: words.scanTitle,
    codes: words.codesTitle,
    disable: words.disableTitle,
    replace: words.newCodesTitle,
  };
  const texts: Partial<Record<Step, string>> = {
    enable: words.passwordText,
    scan: words.scanText,
    codes: words.codesText,
    disable: hasPassword ? words.disableText : words.disableTextWithoutPassword,
    replace: words.newCodesText,
  };
  const text = texts[step];
  const scan = ({ totpURI = "", backupCodes = [] }: Enrolment) => {
    setUri(totpURI);
    setCodes(backupCodes);
    setStep("scan");
  };
  const begin = async () => {
    if (hasPassword) {
      setStep("enable");
      return;
    }
    setBusy(true);
    const outcome = await call<Enrolment>(() =>
      client.$fetch(routes.enable, { method: "POST", body: {} }),
    );
    setBusy(false);
    setRefused(outcome.ok ? undefined : outcome.failure);
    if (outcome.ok) scan(outcome.data);
  };

  return (
    <Section
      title={words.title}
      text={enabled ? words.on : hasPassword ? words.off : words.offWithoutPassword}
      action={
        enabled ? (
          <div className="nno-buttons">
            <Button disabled={loading} onClick={() => setStep("replace")}>
              {words.newCodes}
            </Button>
            <Button look="danger" disabled={loading} onClick={() => setStep("disable")}>
              {words.disable}
            </Button>
          </div>
        ) : (
          <Button look="primary" busy={busy} disabled={loading} onClick={() => void begin()}>
            {words.enable}
          </Button>
        )
      }
    >
      <StepUpError failure={refused} />
      <Dialog
        open={step !== "closed"}
        onOpenChange={(open) => !open && setStep("closed")}
        // They are shown once: nothing but the button that says they are kept takes them away.
        locked={step === "codes"}
        title={titles[step]}
        {...(text === undefined ? {} : { text })}
      >
        {step === "enable" && <StepUp hasPassword action="enable" onDone={scan} />}
        {step === "scan" && <Scan uri={uri} onDone={() => setStep("codes")} />}
        {step === "codes" && <BackupCodes codes={codes} onDone={() => setStep("closed")} />}
        {step === "disable" && (
          <StepUp hasPassword={hasPassword} action="disable" onDone={() => setStep("closed")} />
        )}
        {step === "replace" && (
          <StepUp
            hasPassword={hasPassword}
            action="replace"
            onDone={(answer) => {
              setCodes(answer.backupCodes ?? []);
              setStep("codes");
            }}
          />
        )}
      </Dialog>
    </Section>
  );
}

interface Enrolment {
  totpURI?: string;
  backupCodes?: string[];
}

interface StepUpProps {
  hasPassword: boolean;
  action: "enable" | "disable" | "replace";
  onDone: (answer: Enrolment) => void;
}

const routes = {
  enable: "/two-factor/enable",
  disable: "/two-factor/disable",
  replace: "/two-factor/generate-backup-codes",
};

/** Asks for the password where there is one; where there is none, the Worker wants a recent sign-in. */
function StepUp({ hasPassword, action, onDone }: StepUpProps) {
  const client = useNnoAuthClient();
  const { messages } = useUiAuth();
  const form = useForm(async ({ password = "" }) => {
    const outcome = await call<Enrolment>(() =>
      client.$fetch(routes[action], { method: "POST", body: hasPassword ? { password } : {} }),
    );
    if (!outcome.ok) return outcome.failure;
    onDone(outcome.data);
    return undefined;
  });
  const labels = {
    enable: messages.common.continue,
    disable: messages.enrolment.disable,
    replace: messages.enrolment.newCodes,
  };
  return (
    <form {...form.props} className="nno-form">
      {hasPassword && (
        <PasswordField
          form={form}
          name="password"
          label={messages.common.password}
          autoComplete="current-password"
        />
      )}
      <StepUpError failure={form.failure} />
      <Submit form={form} look={action === "disable" ? "danger" : "primary"}>
        {labels[action]}
      </Submit>
    </form>
  );
}

function Scan({ uri, onDone }: { uri: string; onDone: () => void }) {
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

function BackupCodes({ codes, onDone }: { codes: string[]; onDone: () => void }) {
  const { messages } = useUiAuth();
  const text = `${codes.join("\n")}\n`;
  return (
    <div className="nno-form">
      <ul className="nno-codes">
        {codes.map((code) => (
          <li key={code}>
            <code>{code}</code>
          </li>
        ))}
      </ul>
      <div className="nno-buttons">
        <Button onClick={() => downloadFile(messages.enrolment.fileName, "text/plain", text)}>
          {messages.enrolment.download}
        </Button>
        <CopyButton text={text} />
      </div>
      <Button look="primary" onClick={onDone}>
        {messages.enrolment.codesDone}
      </Button>
    </div>
  );
}
