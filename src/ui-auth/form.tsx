/**
 * Forms: checked by the browser's own rules, told in our words. A wrong field says so beside itself and gets the focus; a
 * refusal of the server is announced above the button.
 */
import {
  useId,
  useRef,
  useState,
  type ComponentProps,
  type FormEvent,
  type ReactNode,
} from "react";
import { describe, type Failure } from "./call.ts";
import { Link, useUiAuth } from "./provider.tsx";

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

function explain(input: HTMLInputElement, errors: Values): string {
  const { validity } = input;
  const key = validity.valueMissing
    ? "VALUE_MISSING"
    : validity.typeMismatch
      ? "TYPE_MISMATCH"
      : validity.tooShort
        ? "TOO_SHORT"
        : "PATTERN_MISMATCH";
  return errors[key] ?? key;
}

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

/** The region is there from the start: screen readers announce only what changes in one. */
export function FormError({ form, children }: { form: Form; children?: ReactNode }) {
  return <ErrorNote failure={form.failure}>{children}</ErrorNote>;
}

interface ErrorNoteProps {
  failure: Failure | undefined;
  /** In place of the code's own words. */
  children?: ReactNode;
}

/** What only the profile can mend, so the way there is in the note. */
const wantsTwoFactor = new Set(["TWO_FACTOR_REQUIRED", "TWO_FACTOR_REQUIRED_BY_TENANT"]);

export function ErrorNote({ failure, children }: ErrorNoteProps) {
  const { messages, paths } = useUiAuth();
  return (
    <div role="alert" className="nno-live">
      {failure !== undefined && (
        <p className="nno-note nno-note-error">
          {children ?? describe(failure, messages.errors)}
          {wantsTwoFactor.has(failure.code) && (
            <>
              {" "}
              <Link to={paths.profile}>{messages.enrolment.goEnable}</Link>
            </>
          )}
        </p>
      )}
    </div>
  );
}

export function StatusNote({ children }: { children: ReactNode }) {
  const empty = children === undefined || children === null || children === "";
  return (
    <div role="status" className="nno-live">
      {!empty && <p className="nno-note nno-note-done">{children}</p>}
    </div>
  );
}

interface ButtonProps extends ComponentProps<"button"> {
  look?: "primary" | "plain" | "danger" | "quiet";
  busy?: boolean;
}

/** Stays focusable while it works, so that keyboard users are not thrown to the top of the page. */
export function Button({
  look = "plain",
  busy = false,
  className,
  onClick,
  ...button
}: ButtonProps) {
  return (
    <button
      type="button"
      {...button}
      aria-disabled={busy || undefined}
      onClick={busy ? (event) => event.preventDefault() : onClick}
      className={`nno-button nno-button-${look}${className === undefined ? "" : ` ${className}`}`}
    >
      {busy && <span className="nno-spinner" aria-hidden="true" />}
      {button.children}
    </button>
  );
}

export function Submit({
  form,
  look = "primary",
  ...button
}: Omit<ButtonProps, "form"> & { form: Form }) {
  return <Button {...button} look={look} type="submit" busy={form.pending} />;
}
