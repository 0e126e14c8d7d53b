/** The six-digit code of an authenticator: one input that looks like six boxes, so that pasting and autofill work. */
import { OTPInput, REGEXP_ONLY_DIGITS } from "input-otp";
import { useId } from "react";
import type { Form } from "./form.ts";

const digits = 6;

interface CodeFieldProps {
  form: Form;
  label: string;
  autoFocus?: boolean;
}

export function CodeField({ form, label, autoFocus = false }: CodeFieldProps) {
  const id = useId();
  const error = form.fieldErrors["code"];
  return (
    <div className="nno-field">
      <label htmlFor={id}>{label}</label>
      <OTPInput
        id={id}
        name="code"
        required
        minLength={digits}
        maxLength={digits}
        pattern={REGEXP_ONLY_DIGITS}
        inputMode="numeric"
        autoComplete="one-time-code"
        // The space that it reserves for a password manager's button would make the page scroll sideways.
        pushPasswordManagerStrategy="none"
        autoFocus={autoFocus}
        aria-invalid={error === undefined ? undefined : true}
        aria-describedby={error === undefined ? undefined : `${id}-error`}
        containerClassName="nno-code"
        // Submits once the code is complete, because nothing is left to decide.
        onComplete={() => {
          const input = document.getElementById(id);
          if (input instanceof HTMLInputElement) input.form?.requestSubmit();
        }}
        render={({ slots }) =>
          slots.map((slot, index) => (
            <span
              // The order of the boxes never changes.
              key={`${id}-${String(index)}`}
              aria-hidden="true"
              className="nno-code-box"
              data-active={slot.isActive}
            >
              {slot.char}
              {slot.hasFakeCaret && <span className="nno-caret" />}
            </span>
          ))
        }
      />
      {error !== undefined && (
        <p id={`${id}-error`} className="nno-field-error">
          {error}
        </p>
      )}
    </div>
  );
}
