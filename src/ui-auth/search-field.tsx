/** A search that asks when the typing pauses, or at once with Enter. */
import { useEffect, useId, useState } from "react";

const pauseMilliseconds = 300;
/** What the Worker accepts. */
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
