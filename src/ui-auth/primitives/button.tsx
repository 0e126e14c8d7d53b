/** Buttons, and the one that submits a form. */
import type { ComponentProps } from "react";
import type { Form } from "./form.ts";

interface ButtonProps extends ComponentProps<"button"> {
  look?: "primary" | "plain" | "danger" | "quiet";
  busy?: boolean;
}

/** A busy button stays focusable, so that keyboard users do not lose their place on the page. */
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
