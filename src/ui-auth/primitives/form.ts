/**
 * Forms: checked by the browser's own rules, told in our words. A wrong field says so beside itself and gets the focus; a
 * refusal of the server is announced above the button.
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

/** `submit` gets the checked values, and answers with what went wrong, if anything. */
export function useForm(submit: (values: Values) => Promise<Failure | undefined>): Form {
  const { messages } = useUiAuth();
  const [pending, setPending] = useState(false);
  const [failure, setFailure] = useState<Failure>();
  const [fieldErrors, setFieldErrors] = useState<Values>({});
  const running = useRef(false);

  const onSubmit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    // A dialog's form is a descendant of its opener in React's tree.
    event.stopPropagation();
    // Two quick presses of Enter are one submission.
    if (running.current) return;
    const form = event.currentTarget;
    const wrong = [...form.elements].filter(
      (element): element is HTMLInputElement =>
        element instanceof HTMLInputElement && !element.validity.valid,
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
      // For whoever watches the page's errors; the reader can try again.
      reportError(cause);
      failed = { code: "UNKNOWN", status: 0 };
    }
    running.current = false;
    setPending(false);
    setFailure(failed);
  };
  return { pending, failure, fieldErrors, fail: setFailure, props: { onSubmit, noValidate: true } };
}

function explain(input: HTMLInputElement, errors: Messages["errors"]): string {
  const { validity } = input;
  if (validity.valueMissing) return errors[missingCode(input)];
  if (validity.typeMismatch) return errors.TYPE_MISMATCH;
  return validity.tooShort ? errors.TOO_SHORT : errors.PATTERN_MISMATCH;
}

/** Known by `autocomplete`, because a password that is shown is an input of type text. */
function missingCode({ type, autocomplete }: HTMLInputElement): ComponentErrorCode {
  if (type === "email") return "EMAIL_MISSING";
  if (autocomplete.endsWith("-password")) return "PASSWORD_MISSING";
  return autocomplete === "one-time-code" ? "CODE_MISSING" : "VALUE_MISSING";
}
