/**
 * Forms. The browser validates the fields, and the catalogue has the words for what is wrong. The first invalid field gets
 * the focus; each shows its own error. A failure of the server is announced above the submit button.
 */
import { type FormEvent, useRef, useState } from "react";
import type { ComponentErrorCode, Failure } from "../data/call.ts";
import { useUiAuth } from "../host/provider.tsx";
import type { Messages } from "../words/messages.ts";

type Values = Record<string, string>;

export interface Form {
  pending: boolean;
  failure: Failure | undefined;
  fieldErrors: Values;
  fail: (failure: Failure | undefined) => void;
  props: { onSubmit: (event: FormEvent<HTMLFormElement>) => void; noValidate: true };
}

/** @param submit receives the valid values, and returns the failure if there is one. */
export function useForm(submit: (values: Values) => Promise<Failure | undefined>): Form {
  const { messages } = useUiAuth();
  const [pending, setPending] = useState(false);
  const [failure, setFailure] = useState<Failure>();
  const [fieldErrors, setFieldErrors] = useState<Values>({});
  const running = useRef(false);

  const onSubmit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    // In React's tree the form of a dialog is inside the form that opened it, and would submit that too.
    event.stopPropagation();
    // Ignores a second press of Enter while the first submission is running.
    if (running.current) return;
    const form = event.currentTarget;
    const wrong = [...form.elements].filter(
      (element): element is HTMLInputElement =>
        element instanceof HTMLInputElement && !element.validity.valid && !isAddress(element),
    );
    setFieldErrors(
      Object.fromEntries(wrong.map((input) => [input.name, explain(input, messages.errors)])),
    );
    setFailure(undefined);
    if (wrong[0] !== undefined) {
      wrong[0].focus();
      return;
    }
    running.current = true;
    setPending(true);
    const values = Object.fromEntries(
      [...new FormData(form)].map(([name, value]) => [
        name,
        typeof value === "string" ? value : "",
      ]),
    );
    void run(values);
  };
  const run = async (values: Values) => {
    let failed: Failure | undefined;
    try {
      failed = await submit(values);
    } catch (cause) {
      // Reaches the page's error monitoring. The user can try again.
      reportError(cause);
      failed = { code: "UNKNOWN", status: 0 };
    }
    running.current = false;
    setPending(false);
    setFailure(failed);
  };
  return { pending, failure, fieldErrors, fail: setFailure, props: { onSubmit, noValidate: true } };
}

/** Browsers take addresses in ASCII only. The Worker takes letters of every script, and has the last word. */
function isAddress({ type, validity, value }: HTMLInputElement): boolean {
  return (
    type === "email" &&
    validity.typeMismatch &&
    /[^\x20-\x7E]/.test(value) &&
    /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(value)
  );
}

function explain(input: HTMLInputElement, errors: Messages["errors"]): string {
  const { validity } = input;
  if (validity.valueMissing) return errors[missingCode(input)];
  if (validity.typeMismatch) return errors.TYPE_MISMATCH;
  return validity.tooShort ? errors.TOO_SHORT : errors.PATTERN_MISMATCH;
}

/** Goes by `autocomplete`, because the input of a password that is shown has the type `text`. */
function missingCode({ type, autocomplete }: HTMLInputElement): ComponentErrorCode {
  if (type === "email") return "EMAIL_MISSING";
  if (autocomplete.endsWith("-password")) return "PASSWORD_MISSING";
  return autocomplete === "one-time-code" ? "CODE_MISSING" : "VALUE_MISSING";
}
