/** A button that copies text to the clipboard. */
import { useState } from "react";
import type { Failure } from "../data/call.ts";
import { useUiAuth } from "../host/provider.tsx";
import { Button } from "./button.tsx";
import { ErrorNote } from "./notes.tsx";

const refused: Failure = { code: "CLIPBOARD", status: 0 };

export function CopyButton({ text }: { text: string }) {
  const { messages } = useUiAuth();
  const [state, setState] = useState<"idle" | "copied" | "refused">("idle");
  const copy = async () => {
    try {
      // `clipboard` is undefined on a page that was loaded over plain http.
      await navigator.clipboard.writeText(text);
      setState("copied");
    } catch {
      setState("refused");
    }
  };
  return (
    <>
      <Button onClick={() => void copy()}>
        <span aria-live="polite">
          {state === "copied" ? messages.common.copied : messages.common.copy}
        </span>
      </Button>
      <ErrorNote failure={state === "refused" ? refused : undefined} />
    </>
  );
}
