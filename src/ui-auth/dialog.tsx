/** Dialogs on Radix: focus is kept inside and given back, Escape closes, the page behind is inert. */
import * as AlertDialog from "@radix-ui/react-alert-dialog";
import * as RadixDialog from "@radix-ui/react-dialog";
import { useState, type ReactNode } from "react";
import type { Failure } from "./call.ts";
import { Button, ErrorNote } from "./form.tsx";
import { useUiAuth } from "./provider.tsx";

interface DialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  text?: string;
  children: ReactNode;
}

export function Dialog({ open, onOpenChange, title, text, children }: DialogProps) {
  const { messages } = useUiAuth();
  return (
    <RadixDialog.Root open={open} onOpenChange={onOpenChange}>
      <RadixDialog.Portal>
        <RadixDialog.Overlay className="nno-overlay" />
        <RadixDialog.Content
          className="nno-ui nno-dialog"
          {...(text === undefined ? { "aria-describedby": undefined } : {})}
        >
          <RadixDialog.Title className="nno-dialog-title">{title}</RadixDialog.Title>
          {text !== undefined && (
            <RadixDialog.Description className="nno-text">{text}</RadixDialog.Description>
          )}
          {children}
          <RadixDialog.Close className="nno-dialog-close" aria-label={messages.common.close}>
            <span aria-hidden="true">×</span>
          </RadixDialog.Close>
        </RadixDialog.Content>
      </RadixDialog.Portal>
    </RadixDialog.Root>
  );
}

interface ConfirmProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  text: string;
  action: string;
  look?: "danger" | "primary";
  /** Closes when it answers nothing. */
  onConfirm: () => Promise<Failure | undefined>;
}

/** A question before something that cannot be taken back; the focus is on the way out. */
export function Confirm({
  open,
  onOpenChange,
  title,
  text,
  action,
  look = "danger",
  onConfirm,
}: ConfirmProps) {
  const { messages } = useUiAuth();
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure>();
  const change = (next: boolean) => {
    setFailure(undefined);
    onOpenChange(next);
  };
  const run = async () => {
    setBusy(true);
    const failed = await onConfirm();
    setBusy(false);
    setFailure(failed);
    if (failed === undefined) onOpenChange(false);
  };
  return (
    <AlertDialog.Root open={open} onOpenChange={change}>
      <AlertDialog.Portal>
        <AlertDialog.Overlay className="nno-overlay" />
        <AlertDialog.Content className="nno-ui nno-dialog">
          <AlertDialog.Title className="nno-dialog-title">{title}</AlertDialog.Title>
          <AlertDialog.Description className="nno-text">{text}</AlertDialog.Description>
          <ErrorNote failure={failure} />
          <div className="nno-dialog-actions">
            <AlertDialog.Cancel className="nno-button nno-button-plain">
              {messages.common.cancel}
            </AlertDialog.Cancel>
            <Button look={look} busy={busy} onClick={() => void run()}>
              {action}
            </Button>
          </div>
        </AlertDialog.Content>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}
