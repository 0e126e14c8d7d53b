/** The page that the link in a verification email opens: sends the token to the Worker and shows the result. */
import { useNnoAuthClient, useNnoSession } from "@neutrino-io/sdk";
import { useEffect, useState } from "react";
import { call, type Failure, isTransient } from "../data/call.ts";
import { keepDestination, readDestination } from "../host/destination.ts";
import { Link } from "../host/link.tsx";
import { useUiAuth } from "../host/provider.tsx";
import { Button } from "../primitives/button.tsx";
import { Card, Loading } from "../primitives/card.tsx";
import { ErrorNote } from "../primitives/notes.tsx";
import { NewLinkForm } from "./new-link-form.tsx";
import { SignInToFinish } from "./sign-in-to-finish.tsx";
import { readClaims, verifyOnce } from "./verification-token.ts";

type State =
  | { step: "checking" }
  | { step: "verified" | "change-asked" | "changed" }
  | { step: "failed"; failure: Failure };

export function VerifyEmail() {
  const [attempt, setAttempt] = useState(0);
  return <Verification key={attempt} onRetry={() => setAttempt(attempt + 1)} />;
}

function Verification({ onRetry }: { onRetry: () => void }) {
  const client = useNnoAuthClient();
  const { status, user } = useNnoSession();
  const { messages, paths } = useUiAuth();
  const [state, setState] = useState<State>({ step: "checking" });
  const { search } = window.location;
  const token = new URLSearchParams(search).get("token");
  const { email = "", updateTo, requestType } = readClaims(token);

  useEffect(() => {
    if (token === null) return undefined;
    let current = true;
    const verify = async () => {
      const outcome = await call(() =>
        verifyOnce(token, () => client.verifyEmail({ query: { token } })),
      );
      if (!current) return;
      if (!outcome.ok) setState({ step: "failed", failure: outcome.failure });
      else if (updateTo === undefined) setState({ step: "verified" });
      else if (requestType === "change-email-confirmation") setState({ step: "change-asked" });
      else setState({ step: "changed" });
    };
    void verify();
    return () => {
      current = false;
    };
  }, [client, token, updateTo, requestType]);

  if (token === null) {
    return (
      <Card
        title={messages.verifyEmail.failed}
        text={messages.verifyEmail.missing}
        footer={<Link to={paths.signIn}>{messages.common.backToSignIn}</Link>}
      />
    );
  }
  if (state.step === "checking") {
    return (
      <Card title={messages.verifyEmail.checking}>
        <Loading />
      </Card>
    );
  }
  if (state.step === "failed") {
    if (isTransient(state.failure)) {
      return (
        <Card announced title={messages.verifyEmail.checking}>
          <ErrorNote failure={state.failure} />
          <Button look="primary" onClick={onRetry}>
            {messages.common.retry}
          </Button>
        </Card>
      );
    }
    // A change of email can only be requested again in the profile. A new verification email would not change anything.
    return updateTo !== undefined ? (
      <Card
        announced
        title={messages.verifyEmail.failed}
        text={messages.verifyEmail.changeFailed(updateTo)}
      >
        <Link to={paths.profile} className="nno-button nno-button-primary nno-button-wide">
          {messages.common.toProfile}
        </Link>
      </Card>
    ) : (
      <Card
        announced
        title={messages.verifyEmail.failed}
        text={messages.verifyEmail.failedText}
        footer={<Link to={paths.signIn}>{messages.common.backToSignIn}</Link>}
      >
        <NewLinkForm email={email} />
      </Card>
    );
  }
  const signedIn = status === "signed-in";
  if (state.step === "verified" && user?.email.toLowerCase() !== email.toLowerCase()) {
    return <SignInToFinish email={email} />;
  }
  const words = {
    verified: [messages.verifyEmail.done, messages.verifyEmail.signedInText],
    "change-asked": [
      messages.verifyEmail.changeTitle,
      messages.verifyEmail.changeText(updateTo ?? ""),
    ],
    changed: [messages.verifyEmail.changedTitle, messages.verifyEmail.changedText(updateTo ?? "")],
  }[state.step];
  return (
    <Card announced title={words[0] ?? ""} text={words[1]}>
      {state.step !== "change-asked" && (
        <Link
          className="nno-button nno-button-primary nno-button-wide"
          to={
            signedIn ? readDestination(search, paths.home) : keepDestination(paths.signIn, search)
          }
        >
          {signedIn ? messages.common.continue : messages.signIn.submit}
        </Link>
      )}
    </Card>
  );
}
