/** Notes that screen readers announce: what went wrong, and what was done. */
import type { ReactNode } from "react";
import type { Failure } from "../data/call.ts";
import { Link } from "../host/link.tsx";
import { useUiAuth } from "../host/provider.tsx";
import { describeFailure } from "../words/describe-failure.ts";
import type { Form } from "./form.ts";

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
          {children ?? describeFailure(failure, messages.errors)}
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
