/** Labelled inputs with a hint and an error. */
import { type ComponentProps, useId, useState } from "react";
import { useUiAuth } from "../host/provider.tsx";
import type { Form } from "./form.ts";

interface FieldProps extends Omit<ComponentProps<"input">, "form"> {
  form: Form;
  name: string;
  label: string;
  hint?: string | undefined;
}

export function Field({ form, label, hint, ...input }: FieldProps) {
  const id = useId();
  const { describedBy, notes } = useNotes(id, form.fieldErrors[input.name], hint);
  return (
    <div className="nno-field">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        className="nno-input"
        aria-invalid={form.fieldErrors[input.name] === undefined ? undefined : true}
        aria-describedby={describedBy}
        {...input}
      />
      {notes}
    </div>
  );
}

export function PasswordField({ form, label, hint, ...input }: FieldProps) {
  const { messages } = useUiAuth();
  const [shown, setShown] = useState(false);
  const id = useId();
  const { describedBy, notes } = useNotes(id, form.fieldErrors[input.name], hint);
  return (
    <div className="nno-field">
      <label htmlFor={id}>{label}</label>
      <div className="nno-input-group">
        <input
          id={id}
          className="nno-input"
          required
          maxLength={128}
          {...input}
          type={shown ? "text" : "password"}
          autoCapitalize="none"
          spellCheck={false}
          aria-invalid={form.fieldErrors[input.name] === undefined ? undefined : true}
          aria-describedby={describedBy}
        />
        <button
          type="button"
          className="nno-input-button"
          aria-label={shown ? messages.common.hidePassword : messages.common.showPassword}
          onClick={() => setShown(!shown)}
        >
          {shown ? messages.common.hide : messages.common.show}
        </button>
      </div>
      {notes}
    </div>
  );
}

function useNotes(id: string, error: string | undefined, hint: string | undefined) {
  const hintId = `${id}-hint`;
  const errorId = `${id}-error`;
  const ids = [...(hint === undefined ? [] : [hintId]), ...(error === undefined ? [] : [errorId])];
  return {
    describedBy: ids.length === 0 ? undefined : ids.join(" "),
    notes: (
      <>
        {hint !== undefined && (
          <p id={hintId} className="nno-hint">
            {hint}
          </p>
        )}
        {error !== undefined && (
          <p id={errorId} className="nno-field-error">
            {error}
          </p>
        )}
      </>
    ),
  };
}

export function Checkbox({ label, ...input }: ComponentProps<"input"> & { label: string }) {
  return (
    <label className="nno-checkbox">
      <input type="checkbox" {...input} />
      <span>{label}</span>
    </label>
  );
}
