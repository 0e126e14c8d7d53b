/** The last step of confirming an email: a sign-in, which proves that the reader of the mail owns the account. */
import { useNnoAuthClient, useNnoSession } from "@neutrino-io/sdk";
import { useState } from "react";
import { call, type Failure } from "../data/call.ts";
import { keepDestination } from "../host/destination.ts";
import { Link } from "../host/link.tsx";
import { useUiAuth } from "../host/provider.tsx";
import { Button } from "../primitives/button.tsx";
import { Card } from "../primitives/card.tsx";
import { ErrorNote } from "../primitives/notes.tsx";

/** Somebody else may have signed up with this address, so the Worker confirms it only after the sign-in. */
export function SignInToFinish({ email }: { email: string }) {
  const client = useNnoAuthClient();
  const { status } = useNnoSession();
  const { messages, paths, navigate } = useUiAuth();
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState<Failure>();
  const words = messages.verifyEmail;
  const { search } = window.location;
  const signInPage = keepDestination(paths.signIn, search);
  const leave = async () => {
    setBusy(true);
    const outcome = await call<unknown>(() => client.signOut());
    setBusy(false);
    if (outcome.ok) navigate(signInPage);
    else setRefused(outcome.failure);
  };
  return (
    <Card
      announced
      title={words.signInTitle}
      text={words.signInText(email)}
      footer={
        <p>
          {words.notYours}{" "}
          <Link to={keepDestination(paths.forgotPassword, search)}>{words.newPassword}</Link>
        </p>
      }
    >
      {status === "signed-in" ? (
        <Button look="primary" className="nno-button-wide" busy={busy} onClick={() => void leave()}>
          {words.signOutFirst}
        </Button>
      ) : (
        <Link className="nno-button nno-button-primary nno-button-wide" to={signInPage}>
          {messages.signIn.submit}
        </Link>
      )}
      <ErrorNote failure={refused} />
    </Card>
  );
}
