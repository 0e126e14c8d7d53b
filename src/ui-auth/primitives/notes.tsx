/** Notes that screen readers announce: errors, and confirmations of what was done. */
import type { NnoErrorCode } from "@neutrino-io/sdk";
import type { ReactNode } from "react";
import type { Failure } from "../data/call.ts";
import { Link } from "../host/link.tsx";
import { useUiAuth } from "../host/provider.tsx";
import { describeFailure } from "../words/describe-failure.ts";
import type { Form } from "./form.ts";

/** The region exists from the start, because screen readers announce only changes inside a live region. */
export function FormError({ form, children }: { form: Form; children?: ReactNode }) {
  return <ErrorNote failure={form.failure}>{children}</ErrorNote>;
}

interface ErrorNoteProps {
  failure: Failure | undefined;
  /** Replaces the words of the failure's code. */
  children?: ReactNode;
}

/** Failures that the user can resolve in the profile: the note links to it. */
const twoFactorCodes: ReadonlySet<string> = new Set<NnoErrorCode>([
  "TWO_FACTOR_REQUIRED",
  "TWO_FACTOR_REQUIRED_BY_TENANT",
]);

export function ErrorNote({ failure, children }: ErrorNoteProps) {
  const { messages, paths } = useUiAuth();
  return (
    <div role="alert" className="nno-live">
      {failure !== undefined && (
        <p className="nno-note nno-note-error">
          {children ?? describeFailure(failure, messages.errors)}
          {twoFactorCodes.has(failure.code) && (
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
