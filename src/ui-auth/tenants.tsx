/** Platform admins over every tenant, whether or not they are members. */
import { useNnoAuthClient } from "@neutrino-io/sdk";
import { useState } from "react";
import { call } from "./call.ts";
import { Page, Section } from "./card.tsx";
import { Confirm, Dialog } from "./dialog.tsx";
import { Button, Field, StatusNote, Submit, useForm } from "./form.tsx";
import { formatDate } from "./format.ts";
import { LoadNote } from "./load-note.tsx";
import { Menu } from "./menu.tsx";
import { useList } from "./pages-of.ts";
import { useUiAuth } from "./provider.tsx";
import { SearchField, SearchResult } from "./search-field.tsx";
import { StepUpError } from "./without-password.tsx";

interface Tenant {
  id: string;
  name: string;
  slug: string;
  createdAt: string;
}

interface TenantMember {
  id: string;
  role: string;
  user: { name: string; email: string };
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
        <LoadNote of={list} />
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
        {asked && <RenameForm tenant={asked.tenant} onDone={(name) => void finish(name)} />}
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

function RenameForm({ tenant, onDone }: { tenant: Tenant; onDone: (name: string) => void }) {
  const client = useNnoAuthClient();
  const { messages } = useUiAuth();
  const form = useForm(async ({ name = "" }) => {
    const outcome = await call(() =>
      client.$fetch(`/platform/tenants/${tenant.id}`, {
        method: "PATCH",
        body: { name: name.trim() },
      }),
    );
    if (!outcome.ok) return outcome.failure;
    onDone(name.trim());
    return undefined;
  });
  return (
    <form {...form.props} className="nno-form">
      <Field
        form={form}
        name="name"
        label={messages.common.name}
        defaultValue={tenant.name}
        required
        maxLength={128}
      />
      <StepUpError failure={form.failure} />
      <Submit form={form}>{messages.common.save}</Submit>
    </form>
  );
}

function TenantMembers({ tenantId }: { tenantId: string }) {
  const { messages } = useUiAuth();
  const list = useList<TenantMember>(`/platform/tenants/${tenantId}/members`, "members");
  const { items, more } = list;
  return (
    <>
      <LoadNote of={list} />
      <ul className="nno-list">
        {items?.map(({ id, role, user }) => (
          <li key={id}>
            <div className="nno-item">
              <strong>{user.name}</strong>
              <small>{user.email}</small>
            </div>
            <span className="nno-badge">{messages.members.roles[role] ?? role}</span>
          </li>
        ))}
      </ul>
      {more !== undefined && (
        <Button onClick={() => void more()}>{messages.common.loadMore}</Button>
      )}
    </>
  );
}
