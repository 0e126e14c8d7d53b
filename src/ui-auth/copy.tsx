/** Getting text out of the page: to the clipboard, or as a file. */
import { useState } from "react";
import type { Failure } from "./call.ts";
import { Button, ErrorNote } from "./form.tsx";
import { useUiAuth } from "./provider.tsx";

const refused: Failure = { code: "CLIPBOARD", status: 0 };

export function CopyButton({ text }: { text: string }) {
  const { messages } = useUiAuth();
  const [state, setState] = useState<"idle" | "copied" | "refused">("idle");
  const copy = async () => {
    try {
      // Missing altogether on a page over plain http.
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

export function downloadFile(name: string, type: string, content: string): void {
  const url = URL.createObjectURL(new Blob([content], { type }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
