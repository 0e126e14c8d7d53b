/** The page where platform admins manage every user: search, ban, impersonate, sign out, and change the platform role. */
import { useNnoAuthClient, useNnoSession } from "@neutrino-io/sdk";
import { useState } from "react";
import { call, type Failure } from "../data/call.ts";
import { useList } from "../data/use-pages.ts";
import { useUiAuth } from "../host/provider.tsx";
import { Button } from "../primitives/button.tsx";
import { Page, Section } from "../primitives/card.tsx";
import { Confirm, Dialog } from "../primitives/dialog.tsx";
import { LoadNote } from "../primitives/load-note.tsx";
import { Menu, type MenuItem } from "../primitives/menu.tsx";
import { StatusNote } from "../primitives/notes.tsx";
import { SearchField, SearchResult } from "../primitives/search-field.tsx";
import { StepUpError } from "../primitives/step-up-error.tsx";
import { formatDate } from "../words/dates.ts";
import { BanForm } from "./ban-form.tsx";

interface User {
  id: string;
  name: string;
  email: string;
  emailVerified: boolean;
  role?: string | null | undefined;
  banned?: boolean | null;
  createdAt: string;
}

const platformAdmin = "platform-admin";

export interface UsersProps {
  /** Called after an impersonation has started. Default: navigates home. */
  onImpersonate?: () => void;
}

export function Users({ onImpersonate }: UsersProps) {
  const client = useNnoAuthClient();
  const { user: self } = useNnoSession();
  const { messages, paths, navigate } = useUiAuth();
  const words = messages.users;
  const [search, setSearch] = useState("");
  const [asked, setAsked] = useState<{ question: "ban" | "impersonate" | "role"; user: User }>();
  const [refused, setRefused] = useState<Failure>();
  const [done, setDone] = useState<string>();
  const list = useList<User>("/platform/users", "users", { search });
  const { items, reload, more } = list;

  const run = async (user: User, request: () => ReturnType<typeof call<unknown>>) => {
    setDone(undefined);
    const outcome = await request();
    setRefused(outcome.ok ? undefined : outcome.failure);
    if (outcome.ok) setDone(words.done(user.name));
    await reload();
  };
  const impersonate = async (user: User) => {
    const outcome = await call(() => client.admin.impersonateUser({ userId: user.id }));
    if (!outcome.ok) return outcome.failure;
    if (onImpersonate === undefined) navigate(paths.home);
    else onImpersonate();
    return undefined;
  };
  const setRole = async (user: User) => {
    const role = user.role === platformAdmin ? "user" : platformAdmin;
    const outcome = await call(() => client.admin.setRole({ userId: user.id, role }));
    if (!outcome.ok) return outcome.failure;
    setDone(words.done(user.name));
    await reload();
    return undefined;
  };
  const actions = (user: User): MenuItem[] => {
    const userId = user.id;
    const isAdmin = user.role === platformAdmin;
    return [
      ...(isAdmin
        ? []
        : [
            {
              label: words.impersonate,
              onSelect: () => setAsked({ question: "impersonate", user }),
            },
          ]),
      {
        label: words.revoke,
        onSelect: () =>
          void run(user, () => call(() => client.admin.revokeUserSessions({ userId }))),
      },
      {
        label: isAdmin ? words.makeUser : words.makeAdmin,
        onSelect: () => setAsked({ question: "role", user }),
      },
      user.banned === true
        ? {
            label: words.unban,
            lineBefore: true,
            onSelect: () => void run(user, () => call(() => client.admin.unbanUser({ userId }))),
          }
        : {
            label: words.ban,
            look: "danger",
            lineBefore: true,
            onSelect: () => setAsked({ question: "ban", user }),
          },
    ];
  };

  const askedName = asked?.user.name ?? "";
  const asksAdmin = asked?.user.role === platformAdmin;
  return (
    <Page title={words.title}>
      <Section
        title={words.list}
        action={<SearchField label={words.searchLabel} onSearch={setSearch} />}
      >
        <LoadNote load={list} />
        <StepUpError failure={refused} />
        <StatusNote>{done}</StatusNote>
        <SearchResult search={search} items={items} more={more !== undefined} />
        {items?.length === 0 && more === undefined && <p className="nno-text">{words.empty}</p>}
        <ul className="nno-list">
          {items?.map((user) => (
            <li key={user.id}>
              <div className="nno-item">
                <strong>{user.name}</strong> <UserBadges user={user} />
                <small>
                  {user.email} · {formatDate(user.createdAt)}
                </small>
              </div>
              {user.id === self.id ? (
                <span className="nno-badge">{messages.members.you}</span>
              ) : (
                <Menu
                  label={messages.common.actions(user.name)}
                  className="nno-button-small"
                  trigger={<span aria-hidden="true">•••</span>}
                  items={actions(user)}
                />
              )}
            </li>
          ))}
        </ul>
        {more !== undefined && (
          <Button onClick={() => void more()}>{messages.common.loadMore}</Button>
        )}
      </Section>
      <Confirm
        open={asked?.question === "impersonate"}
        onOpenChange={(open) => !open && setAsked(undefined)}
        title={words.impersonateTitle(askedName)}
        text={words.impersonateText}
        action={words.impersonate}
        look="primary"
        onConfirm={async () => (asked === undefined ? undefined : impersonate(asked.user))}
      />
      <Confirm
        open={asked?.question === "role"}
        onOpenChange={(open) => !open && setAsked(undefined)}
        title={asksAdmin ? words.makeUserTitle(askedName) : words.makeAdminTitle(askedName)}
        text={asksAdmin ? words.makeUserText : words.makeAdminText}
        action={asksAdmin ? words.makeUser : words.makeAdmin}
        onConfirm={async () => (asked === undefined ? undefined : setRole(asked.user))}
      />
      <Dialog
        open={asked?.question === "ban"}
        onOpenChange={(open) => !open && setAsked(undefined)}
        title={words.banTitle(askedName)}
        text={words.banText}
      >
        {asked !== undefined && (
          <BanForm
            userId={asked.user.id}
            onDone={() => {
              setDone(words.done(asked.user.name));
              setAsked(undefined);
              void reload();
            }}
          />
        )}
      </Dialog>
    </Page>
  );
}

function UserBadges({ user }: { user: User }) {
  const { messages } = useUiAuth();
  return (
    <>
      {user.role === platformAdmin && (
        <span className="nno-badge nno-badge-accent">{messages.users.admin}</span>
      )}{" "}
      {user.banned === true && (
        <span className="nno-badge nno-badge-danger">{messages.users.banned}</span>
      )}{" "}
      {!user.emailVerified && <span className="nno-badge">{messages.users.unverified}</span>}
    </>
  );
}
