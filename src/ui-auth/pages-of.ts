/** Lists that the Worker answers in pages with a cursor: the first page for a key, and more on demand. */
import { useState } from "react";
import type { Failure, Outcome } from "./call.ts";
import { useLoad } from "./load.ts";

interface PageOf<Item> {
  items: Item[];
  nextCursor: string | number | null;
}

export function usePages<Item>(
  key: string,
  read: (cursor: string | number | undefined) => Promise<Outcome<PageOf<Item>>>,
) {
  const first = useLoad(key, () => read(undefined));
  const [rest, setRest] = useState<{ of: unknown; pages: PageOf<Item>[] }>();
  const [moreFailure, setMoreFailure] = useState<Failure>();
  // What was loaded after an earlier first page is not part of this list.
  const later = rest?.of === first.data ? (rest?.pages ?? []) : [];
  const last = later.at(-1) ?? first.data;

  const more = async () => {
    const cursor = last?.nextCursor;
    if (cursor == null) return;
    const outcome = await read(cursor);
    setMoreFailure(outcome.ok ? undefined : outcome.failure);
    if (outcome.ok) setRest({ of: first.data, pages: [...later, outcome.data] });
  };
  return {
    items: first.data && [...first.data.items, ...later.flatMap(({ items }) => items)],
    failure: first.failure ?? moreFailure,
    loading: first.loading,
    reload: first.reload,
    more: last?.nextCursor == null ? undefined : more,
  };
}
