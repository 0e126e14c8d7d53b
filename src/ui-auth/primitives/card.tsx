/** The frames of a screen: a card for a page with one task, and a page of sections. */
import { type ReactNode, useEffect, useId, useRef } from "react";
import { useUiAuth } from "../host/provider.tsx";

interface CardProps {
  title: string;
  text?: ReactNode;
  children?: ReactNode;
  footer?: ReactNode;
  /** Moves the focus to the heading, so that a screen reader announces a card that replaced another one. */
  announced?: boolean;
}

export function Card({ title, text, children, footer, announced = false }: CardProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (announced) heading.current?.focus();
  }, [announced]);
  return (
    <div className="nno-ui nno-card">
      <h1 ref={heading} tabIndex={-1} className="nno-title">
        {title}
      </h1>
      {text !== undefined && <p className="nno-text">{text}</p>}
      {children}
      {footer !== undefined && <div className="nno-footer">{footer}</div>}
    </div>
  );
}

interface SectionProps {
  title: string;
  text?: ReactNode;
  action?: ReactNode;
  children?: ReactNode;
  tone?: "plain" | "danger";
}

export function Section({ title, text, action, children, tone = "plain" }: SectionProps) {
  const id = useId();
  return (
    <section className={`nno-ui nno-section nno-section-${tone}`} aria-labelledby={id}>
      <div className="nno-section-head">
        <div>
          <h2 id={id}>{title}</h2>
          {text !== undefined && <p className="nno-text">{text}</p>}
        </div>
        {action}
      </div>
      {children}
    </section>
  );
}

export function Page({
  title,
  action,
  children,
}: Pick<SectionProps, "title" | "action" | "children">) {
  return (
    <div className="nno-ui nno-page">
      <div className="nno-page-head">
        <h1 className="nno-title">{title}</h1>
        {action}
      </div>
      {children}
    </div>
  );
}

export function Loading({ label }: { label?: string }) {
  const { messages } = useUiAuth();
  return (
    <p className="nno-loading" role="status">
      <span className="nno-spinner" aria-hidden="true" />
      {label ?? messages.common.loading}
    </p>
  );
}
