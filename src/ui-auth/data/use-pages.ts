/** Lists that the Worker returns page by page: loads the first page for a key, and more on demand. */
import { useNnoAuthClient } from "@neutrino-io/sdk";
import { useRef, useState } from "react";
import { call, type Failure, type Outcome } from "./call.ts";
import { useLoad } from "./use-load.ts";

const pageSize = 25;

interface PageOf<Item> {
  items: Item[];
  nextCursor: string | number | null;
}

export function usePages<Item>(
  key: string,
  read: (cursor: string | number | undefined) => Promise<Outcome<PageOf<Item>>>,
) {
  const shown = useRef({ key, pages: 1 });
  // Reloading reads as many pages as are shown, so that a row that was just changed stays visible.
  const first = useLoad(key, async () => {
    const pages = shown.current.key === key ? shown.current.pages : 1;
    const outcome = await read(undefined);
    if (!outcome.ok) return outcome;
    const all = { ...outcome.data };
    for (let count = 1; count < pages && all.nextCursor !== null; count += 1) {
      const next = await read(all.nextCursor);
      if (!next.ok) return next;
      all.items = [...all.items, ...next.data.items];
      all.nextCursor = next.data.nextCursor;
    }
    return { ok: true, data: all };
  });
  const [rest, setRest] = useState<{ of: unknown; pages: PageOf<Item>[] }>();
  const [refused, setRefused] = useState<{ of: unknown; failure: Failure }>();
  const reading = useRef(false);
  // Pages that followed an earlier first page do not belong to this list.
  const later = rest?.of === first.data ? (rest?.pages ?? []) : [];
  const last = later.at(-1) ?? first.data;

  const more = async () => {
    const cursor = last?.nextCursor;
    // Ignores a second press while loading: it would read the same page again.
    if (cursor == null || reading.current) return;
    reading.current = true;
    const outcome = await read(cursor);
    reading.current = false;
    setRefused(outcome.ok ? undefined : { of: first.data, failure: outcome.failure });
    if (!outcome.ok) return;
    setRest({ of: first.data, pages: [...later, outcome.data] });
    const pages = shown.current.key === key ? shown.current.pages : 1;
    shown.current = { key, pages: pages + 1 };
  };
  return {
    items: first.data && [...first.data.items, ...later.flatMap(({ items }) => items)],
    // A failure after an earlier first page does not belong to this list either.
    failure: first.failure ?? (refused?.of === first.data ? refused?.failure : undefined),
    loading: first.loading,
    pending: first.pending,
    reload: first.reload,
    more: last?.nextCursor == null ? undefined : more,
  };
}

/** A page can be empty although more follow. So many in a row are skipped before the user has to ask for more. */
const emptyPagesInARow = 10;

/**
 * Loads one of the Worker's lists.
 *
 * @param name the field of the answer that holds the rows.
 * @param query the filters of the list. Empty ones are left out.
 */
export function useList<Item>(path: string, name: string, query: Record<string, string> = {}) {
  const client = useNnoAuthClient();
  const asked = Object.entries(query).filter(([, value]) => value !== "");
  return usePages<Item>(JSON.stringify([path, asked]), async (from) => {
    let cursor = from;
    for (let read = 1; ; read += 1) {
      const pageQuery = {
        ...Object.fromEntries(asked),
        limit: pageSize,
        ...(cursor === undefined ? {} : { cursor }),
      };
      const outcome = await call<Record<string, unknown>>(() =>
        client.$fetch(path, { query: pageQuery }),
      );
      if (!outcome.ok) return outcome;
      const items = outcome.data[name] as Item[];
      const nextCursor = outcome.data["nextCursor"] as string | null;
      if (items.length > 0 || nextCursor === null || read === emptyPagesInARow) {
        return { ok: true, data: { items, nextCursor } };
      }
      cursor = nextCursor;
    }
  });
}
