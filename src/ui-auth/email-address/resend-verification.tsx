/** Requests the verification email again. The answer does not reveal if the address has an account. */
import { useNnoAuthClient } from "@neutrino-io/sdk";
import { useState } from "react";
import { useBotCheck } from "../data/bot-check.tsx";
import { call, type Failure } from "../data/call.ts";
import { readDestination } from "../host/destination.ts";
import { Button } from "../primitives/button.tsx";
import { ErrorNote, StatusNote } from "../primitives/notes.tsx";

interface ResendVerificationProps {
  email: string;
  label: string;
  sent: string;
}

export function ResendVerification({ email, label, sent }: ResendVerificationProps) {
  const client = useNnoAuthClient();
  const botCheck = useBotCheck();
  const [state, setState] = useState<"idle" | "busy" | "sent">("idle");
  const [failure, setFailure] = useState<Failure>();

  const send = async () => {
    setState("busy");
    setFailure(undefined);
    const outcome = await call(() =>
      client.sendVerificationEmail(
        { email, callbackURL: readDestination(window.location.search, "/") },
        botCheck.takeOptions(),
      ),
    );
    if (!outcome.ok) setFailure(outcome.failure);
    setState(outcome.ok ? "sent" : "idle");
  };
  return (
    <>
      {botCheck.element}
      <Button busy={state === "busy"} className="nno-button-wide" onClick={() => void send()}>
        {label}
      </Button>
      <ErrorNote failure={failure} />
      <StatusNote>{state === "sent" ? sent : undefined}</StatusNote>
    </>
  );
}
