/** Dialogs, built on Radix: they trap and restore the focus, close on Escape and make the page behind them inert. */
import * as AlertDialog from "@radix-ui/react-alert-dialog";
import * as RadixDialog from "@radix-ui/react-dialog";
import { type ReactNode, useRef, useState } from "react";
import type { Failure } from "../data/call.ts";
import { useUiAuth } from "../host/provider.tsx";
import { Button } from "./button.tsx";
import { StepUpError } from "./step-up-error.tsx";

/** Restores the focus to the element that had it before. Radix knows only its own triggers, which these dialogs lack. */
function useFocusRestore() {
  const opener = useRef<Element>(null);
  return {
    onOpenAutoFocus: () => {
      opener.current = document.activeElement;
    },
    onCloseAutoFocus: (event: Event) => {
      // The opener may be gone, for example with the row that was deleted.
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
  /** Closes only by a control inside the dialog, not by Escape or a click outside. */
  locked?: boolean;
  children: ReactNode;
}

export function Dialog(props: DialogProps) {
  const { open, onOpenChange, title, text, locked = false, children } = props;
  const { messages, portal, dir } = useUiAuth();
  const focusRestore = useFocusRestore();
  const stayOpen = (event: Event) => locked && event.preventDefault();
  return (
    <RadixDialog.Root open={open} onOpenChange={onOpenChange}>
      <RadixDialog.Portal container={portal}>
        <RadixDialog.Overlay className="nno-overlay" />
        <RadixDialog.Content
          className="nno-ui nno-dialog"
          dir={dir}
          {...focusRestore}
          onEscapeKeyDown={stayOpen}
          onInteractOutside={stayOpen}
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
  /** The dialog closes unless this returns a failure. */
  onConfirm: () => Promise<Failure | undefined>;
}

/** Asks for confirmation of an action that cannot be undone. The focus starts on the cancel button. */
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
  const focusRestore = useFocusRestore();
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
        <AlertDialog.Content className="nno-ui nno-dialog" dir={dir} {...focusRestore}>
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
