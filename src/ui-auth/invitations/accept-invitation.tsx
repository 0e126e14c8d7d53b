/**
 * The page that the link in an invitation opens. Only a user with the invited, confirmed email can see the invitation. A
 * user without an account signs up first, and the link in the verification email leads back here.
 */
import { useNnoAuthClient, useNnoSession, type NnoErrorCode } from "@neutrino-io/sdk";
import { useState } from "react";
import { call, type Failure, isTransient } from "../data/call.ts";
import { useLoad } from "../data/use-load.ts";
import { Link } from "../host/link.tsx";
import { useUiAuth } from "../host/provider.tsx";
import { Button } from "../primitives/button.tsx";
import { Card, Loading } from "../primitives/card.tsx";
import { LoadNote } from "../primitives/load-note.tsx";
import { ErrorNote } from "../primitives/notes.tsx";

export function AcceptInvitation() {
  const { status, session, refetch } = useNnoSession();
  const { messages, paths } = useUiAuth();
  const id = new URLSearchParams(window.location.search).get("id");
  if (id === null) {
    return (
      <Card title={messages.accept.failed} text={messages.accept.failedText}>
        <Link to={paths.home} className="nno-button nno-button-plain nno-button-wide">
          {messages.accept.go}
        </Link>
      </Card>
    );
  }
  if (session !== null) return <OwnInvitation key={session.userId} id={id} />;
  if (status === "error") {
    return (
      <Card announced title={messages.accept.title}>
        <LoadNote
          load={{ failure: unreachable, loading: false, pending: false, reload: refetch }}
        />
      </Card>
    );
  }
  if (status === "loading") {
    return (
      <Card title={messages.accept.title}>
        <Loading />
      </Card>
    );
  }
  const back = new URLSearchParams({
    callbackURL: `${paths.acceptInvitation}?${new URLSearchParams({ id })}`,
  });
  return (
    <Card title={messages.accept.guestTitle} text={messages.accept.guestText}>
      <div className="nno-form">
        <Link
          to={`${paths.signUp}?${back}`}
          className="nno-button nno-button-primary nno-button-wide"
        >
          {messages.accept.signUp}
        </Link>
        <Link
          to={`${paths.signIn}?${back}`}
          className="nno-button nno-button-plain nno-button-wide"
        >
          {messages.accept.signIn}
        </Link>
      </div>
    </Card>
  );
}

const unreachable: Failure = { code: "UNREACHABLE", status: 0 };

interface Invitation {
  organizationName: string;
  inviterEmail: string;
  role: string;
}

const otherAddress: NnoErrorCode = "YOU_ARE_NOT_THE_RECIPIENT_OF_THE_INVITATION";

function OwnInvitation({ id }: { id: string }) {
  const client = useNnoAuthClient();
  const { user } = useNnoSession();
  const { messages, paths } = useUiAuth();
  const words = messages.accept;
  const [busy, setBusy] = useState<"accept" | "decline" | "sign-out">();
  const [answered, setAnswered] = useState<"accepted" | "declined">();
  const [refused, setRefused] = useState<Failure>();
  const loaded = useLoad(`invitation ${id}`, () =>
    call<Invitation>(() => client.$fetch("/organization/get-invitation", { query: { id } })),
  );

  const { data, failure, loading } = loaded;
  const answer = async (choice: "accept" | "decline") => {
    setBusy(choice);
    const outcome = await call<unknown>(() =>
      choice === "accept"
        ? client.organization.acceptInvitation({ invitationId: id })
        : client.organization.rejectInvitation({ invitationId: id }),
    );
    setBusy(undefined);
    setRefused(outcome.ok ? undefined : outcome.failure);
    if (outcome.ok) setAnswered(choice === "accept" ? "accepted" : "declined");
  };

  const signOut = async () => {
    setBusy("sign-out");
    const outcome = await call<unknown>(() => client.signOut());
    setBusy(undefined);
    setRefused(outcome.ok ? undefined : outcome.failure);
  };
  if (answered !== undefined) {
    const accepted = answered === "accepted";
    return (
      <Card
        key={answered}
        announced
        title={accepted ? words.accepted(data?.organizationName ?? "") : words.declined}
        text={accepted ? undefined : words.declinedText}
      >
        <Link to={paths.home} className="nno-button nno-button-primary nno-button-wide">
          {words.go}
        </Link>
      </Card>
    );
  }
  if (failure?.code === otherAddress) {
    return (
      <Card announced title={words.otherTitle} text={words.otherText(user.email)}>
        <Button
          look="primary"
          className="nno-button-wide"
          busy={busy === "sign-out"}
          onClick={() => void signOut()}
        >
          {words.signOut}
        </Button>
        <ErrorNote failure={refused} />
      </Card>
    );
  }
  if (failure !== undefined) {
    return isTransient(failure) ? (
      <Card announced title={words.title}>
        <LoadNote load={loaded} />
      </Card>
    ) : (
      <Card announced title={words.failed} text={words.failedText}>
        <Link to={paths.home} className="nno-button nno-button-plain nno-button-wide">
          {words.go}
        </Link>
      </Card>
    );
  }
  if (loading || data === undefined) {
    return (
      <Card title={words.title}>
        <Loading label={words.checking} />
      </Card>
    );
  }
  return (
    <Card
      title={words.to(data.organizationName)}
      text={words.text(data.inviterEmail, messages.members.roles[data.role] ?? data.role)}
    >
      <ErrorNote failure={refused} />
      <div className="nno-form">
        <Button
          look="primary"
          className="nno-button-wide"
          busy={busy === "accept"}
          onClick={() => void answer("accept")}
        >
          {words.accept}
        </Button>
        <Button
          className="nno-button-wide"
          busy={busy === "decline"}
          onClick={() => void answer("decline")}
        >
          {words.decline}
        </Button>
      </div>
    </Card>
  );
}
