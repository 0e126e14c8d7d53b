/** The page of the link in a verification mail: calls the Worker with the link's token, and shows what came of it. */
import { useNnoAuthClient, useNnoSession } from "@neutrino-io/sdk";
import { useEffect, useState } from "react";
import { call, isPassing, type Failure } from "./call.ts";
import { Card, Loading } from "./card.tsx";
import { Button, ErrorNote, Field, useForm, Submit, FormError, StatusNote } from "./form.tsx";
import { keepDestination, Link, readDestination, useUiAuth } from "./provider.tsx";

type State =
  | { step: "checking" }
  | { step: "verified" | "change-asked" | "changed" }
  | { step: "failed"; failure: Failure };

interface Claims {
  email?: string;
  updateTo?: string;
  requestType?: string;
}

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
    if (isPassing(state.failure)) {
      return (
        <Card announced title={messages.verifyEmail.checking}>
          <ErrorNote failure={state.failure} />
          <Button look="primary" onClick={onRetry}>
            {messages.common.retry}
          </Button>
        </Card>
      );
    }
    // A change of address is asked for in the profile; a new mail to the address would confirm it as it is.
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
        <AskAgain email={email} />
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

/** Whoever reads the mail of an address may not be who signed up with it: the Worker counts it as confirmed after this. */
function SignInToFinish({ email }: { email: string }) {
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

function AskAgain({ email }: { email: string }) {
  const client = useNnoAuthClient();
  const { messages } = useUiAuth();
  const [sent, setSent] = useState(false);
  const form = useForm(async ({ email: entered = "" }) => {
    const callbackURL = readDestination(window.location.search, "/");
    const outcome = await call(() => client.sendVerificationEmail({ email: entered, callbackURL }));
    if (!outcome.ok) return outcome.failure;
    setSent(true);
    return undefined;
  });
  return (
    <form {...form.props} className="nno-form">
      <Field
        form={form}
        name="email"
        type="email"
        label={messages.common.email}
        defaultValue={email}
        required
        maxLength={254}
      />
      <FormError form={form} />
      <StatusNote>{sent ? messages.verifyEmail.resent : undefined}</StatusNote>
      <Submit form={form} className="nno-button-wide">
        {messages.verifyEmail.resend}
      </Submit>
    </form>
  );
}

const requests = new Map<string, Promise<unknown>>();

/** One request a token, also where React mounts twice: a token for a changed address works once. */
function verifyOnce<Answer extends { error: { status: number } | null }>(
  token: string,
  send: () => Promise<Answer>,
): Promise<Answer> {
  const running = requests.get(token) as Promise<Answer> | undefined;
  if (running !== undefined) return running;
  const request = send();
  requests.set(token, request);
  const forget = () => requests.delete(token);
  // A refusal for the moment may be asked again.
  void request.then(({ error }) => error !== null && forget(), forget);
  return request;
}

/** What the token says of itself; only for the words on the page, the Worker alone verifies it. */
function readClaims(token: string | null): Claims {
  try {
    const [, payload = ""] = (token ?? "").split(".");
    const base64 = payload.replaceAll("-", "+").replaceAll("_", "/");
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    return JSON.parse(new TextDecoder().decode(bytes)) as Claims;
  } catch {
    return {};
  }
}
