/** The page where platform admins manage every tenant, including those that they are not members of. */
import { useNnoAuthClient } from "@neutrino-io/sdk";
import { useState } from "react";
import { call } from "../data/call.ts";
import { useList } from "../data/use-pages.ts";
import { useUiAuth } from "../host/provider.tsx";
import { Button } from "../primitives/button.tsx";
import { Page, Section } from "../primitives/card.tsx";
import { Confirm, Dialog } from "../primitives/dialog.tsx";
import { LoadNote } from "../primitives/load-note.tsx";
import { Menu } from "../primitives/menu.tsx";
import { StatusNote } from "../primitives/notes.tsx";
import { SearchField, SearchResult } from "../primitives/search-field.tsx";
import { formatDate } from "../words/dates.ts";
import { RenameTenantForm } from "./rename-tenant-form.tsx";
import { TenantMembers } from "./tenant-members.tsx";

interface Tenant {
  id: string;
  name: string;
  slug: string;
  createdAt: string;
}

export function Tenants() {
  const client = useNnoAuthClient();
  const { messages } = useUiAuth();
  const words = messages.adminTenants;
  const [search, setSearch] = useState("");
  const [asked, setAsked] = useState<{
    question: "rename" | "members" | "delete";
    tenant: Tenant;
  }>();
  const [done, setDone] = useState<string>();
  const list = useList<Tenant>("/platform/tenants", "tenants", { search });
  const { items, reload, more } = list;
  const close = () => setAsked(undefined);
  const finish = async (name: string) => {
    setDone(words.done(name));
    close();
    await reload();
  };
  const remove = async (tenant: Tenant) => {
    const outcome = await call(() =>
      client.$fetch(`/platform/tenants/${tenant.id}`, { method: "DELETE" }),
    );
    if (!outcome.ok) return outcome.failure;
    await finish(tenant.name);
    return undefined;
  };
  const asking = asked?.tenant.name ?? "";

  return (
    <Page title={words.title}>
      <Section
        title={words.list}
        action={<SearchField label={words.searchLabel} onSearch={setSearch} />}
      >
        <LoadNote load={list} />
        <StatusNote>{done}</StatusNote>
        <SearchResult search={search} items={items} more={more !== undefined} />
        {items?.length === 0 && more === undefined && <p className="nno-text">{words.empty}</p>}
        <ul className="nno-list">
          {items?.map((tenant) => (
            <li key={tenant.id}>
              <div className="nno-item">
                <strong>{tenant.name}</strong>
                <small>
                  {tenant.slug} · {formatDate(tenant.createdAt)}
                </small>
              </div>
              <Menu
                label={messages.common.actions(tenant.name)}
                className="nno-button-small"
                trigger={<span aria-hidden="true">•••</span>}
                items={[
                  {
                    label: words.members,
                    onSelect: () => setAsked({ question: "members", tenant }),
                  },
                  { label: words.rename, onSelect: () => setAsked({ question: "rename", tenant }) },
                  {
                    label: words.delete,
                    look: "danger",
                    lineBefore: true,
                    onSelect: () => setAsked({ question: "delete", tenant }),
                  },
                ]}
              />
            </li>
          ))}
        </ul>
        {more !== undefined && (
          <Button onClick={() => void more()}>{messages.common.loadMore}</Button>
        )}
      </Section>
      <Dialog
        open={asked?.question === "rename"}
        onOpenChange={close}
        title={words.renameTitle(asking)}
      >
        {asked && <RenameTenantForm tenant={asked.tenant} onDone={(name) => void finish(name)} />}
      </Dialog>
      <Dialog
        open={asked?.question === "members"}
        onOpenChange={close}
        title={words.membersOf(asking)}
      >
        {asked && <TenantMembers tenantId={asked.tenant.id} />}
      </Dialog>
      <Confirm
        open={asked?.question === "delete"}
        onOpenChange={close}
        title={words.deleteTitle(asking)}
        text={words.deleteText}
        action={words.delete}
        onConfirm={async () => (asked === undefined ? undefined : remove(asked.tenant))}
      />
    </Page>
  );
}
