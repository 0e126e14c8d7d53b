/** Dialogs on Radix: focus is kept inside and given back, Escape closes, the page behind is inert. */
import * as AlertDialog from "@radix-ui/react-alert-dialog";
import * as RadixDialog from "@radix-ui/react-dialog";
import { type ReactNode, useRef, useState } from "react";
import type { Failure } from "../data/call.ts";
import { useUiAuth } from "../host/provider.tsx";
import { Button } from "./button.tsx";
import { StepUpError } from "./step-up-error.tsx";

/** Radix gives the focus back to its own trigger, and ours are opened by anything: to what had it before. */
function useFocusBack() {
  const opener = useRef<Element>(null);
  return {
    onOpenAutoFocus: () => {
      opener.current = document.activeElement;
    },
    onCloseAutoFocus: (event: Event) => {
      // What opened it may have gone, with what was deleted.
      if (!(opener.current instanceof HTMLElement && opener.current.isConnected)) return;
      event.preventDefault();
      opener.current.focus();
    },
  };
}

interface DialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  text?: string;
  /** Closes by what is inside alone: not by Escape, nor by a press beside it. */
  locked?: boolean;
  children: ReactNode;
}

export function Dialog(props: DialogProps) {
  const { open, onOpenChange, title, text, locked = false, children } = props;
  const { messages, portal, dir } = useUiAuth();
  const focusBack = useFocusBack();
  const stay = (event: Event) => locked && event.preventDefault();
  return (
    <RadixDialog.Root open={open} onOpenChange={onOpenChange}>
      <RadixDialog.Portal container={portal}>
        <RadixDialog.Overlay className="nno-overlay" />
        <RadixDialog.Content
          className="nno-ui nno-dialog"
          dir={dir}
          {...focusBack}
          onEscapeKeyDown={stay}
          onInteractOutside={stay}
          {...(text === undefined ? { "aria-describedby": undefined } : {})}
        >
          <RadixDialog.Title className="nno-dialog-title">{title}</RadixDialog.Title>
          {text !== undefined && (
            <RadixDialog.Description className="nno-text">{text}</RadixDialog.Description>
          )}
          {children}
          {!locked && (
            <RadixDialog.Close className="nno-dialog-close" aria-label={messages.common.close}>
              <span aria-hidden="true">×</span>
            </RadixDialog.Close>
          )}
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
  const { messages, portal, dir } = useUiAuth();
  const focusBack = useFocusBack();
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
      <AlertDialog.Portal container={portal}>
        <AlertDialog.Overlay className="nno-overlay" />
        <AlertDialog.Content className="nno-ui nno-dialog" dir={dir} {...focusBack}>
          <AlertDialog.Title className="nno-dialog-title">{title}</AlertDialog.Title>
          <AlertDialog.Description className="nno-text">{text}</AlertDialog.Description>
          <StepUpError failure={failure} />
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
