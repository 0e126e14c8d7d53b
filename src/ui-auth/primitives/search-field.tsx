/** A search field that searches when the typing pauses, or at once on Enter. */
import { useEffect, useId, useState } from "react";
import { useUiAuth } from "../host/provider.tsx";

const pauseMilliseconds = 300;
/** The limit of the Worker, in characters. */
const longestSearch = 64;

interface SearchFieldProps {
  label: string;
  onSearch: (text: string) => void;
}

export function SearchField({ label, onSearch }: SearchFieldProps) {
  const id = useId();
  const [text, setText] = useState("");
  useEffect(() => {
    const timer = setTimeout(() => onSearch(text.trim()), pauseMilliseconds);
    return () => clearTimeout(timer);
  }, [text, onSearch]);
  return (
    <form
      role="search"
      className="nno-search"
      onSubmit={(event) => {
        event.preventDefault();
        onSearch(text.trim());
      }}
    >
      <label htmlFor={id} className="nno-visually-hidden">
        {label}
      </label>
      <input
        id={id}
        type="search"
        className="nno-input"
        placeholder={label}
        maxLength={longestSearch}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
      />
    </form>
  );
}

interface SearchResultProps {
  search: string;
  items: readonly unknown[] | undefined;
  more: boolean;
}

/** Announces the number of results to screen readers. */
export function SearchResult({ search, items, more }: SearchResultProps) {
  const { messages } = useUiAuth();
  return (
    <span role="status" className="nno-visually-hidden">
      {search === "" || items === undefined ? "" : messages.common.found(items.length, more)}
    </span>
  );
}
