/**
 * The profile section that turns two-factor authentication on and off. It is on only after a first code was confirmed, so
 * closing the tab before that changes nothing. Starting again creates a new key.
 */
import { useNnoAuthClient, useNnoSession } from "@neutrino-io/sdk";
import { useState } from "react";
import { usePasswordState } from "../data/accounts.ts";
import { call, type Failure } from "../data/call.ts";
import { useUiAuth } from "../host/provider.tsx";
import { Button } from "../primitives/button.tsx";
import { Section } from "../primitives/card.tsx";
import { Dialog } from "../primitives/dialog.tsx";
import { StepUpError } from "../primitives/step-up-error.tsx";
import { BackupCodes } from "./backup-codes.tsx";
import { ScanStep } from "./scan-step.tsx";
import { type Enrolment, routes, StepUpForm } from "./step-up-form.tsx";

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
        // The backup codes are shown only once, so only the button that confirms they are saved closes them.
        locked={step === "codes"}
        title={titles[step]}
        {...(text === undefined ? {} : { text })}
      >
        {step === "enable" && <StepUpForm hasPassword action="enable" onDone={scan} />}
        {step === "scan" && <ScanStep uri={uri} onDone={() => setStep("codes")} />}
        {step === "codes" && <BackupCodes codes={codes} onDone={() => setStep("closed")} />}
        {step === "disable" && (
          <StepUpForm hasPassword={hasPassword} action="disable" onDone={() => setStep("closed")} />
        )}
        {step === "replace" && (
          <StepUpForm
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
