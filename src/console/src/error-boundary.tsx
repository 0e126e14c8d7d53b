/**
 * Replaces a page that cannot be shown, so that users do not face a blank one. Its part of the console did not load (a
 * deployment replaced the file, or the connection was lost), the page has an error, or the console is not set up.
 */
import { NnoConfigurationError } from "@neutrino-io/sdk";
import { Component, type ReactNode } from "react";

interface Props {
  /** `main` for the whole page; `div` for a part of a page that already has its `main`. */
  element: "main" | "div";
  children: ReactNode;
}

interface State {
  error: unknown;
}

export class ErrorBoundary extends Component<Props, State> {
  override state: State = { error: undefined };

  static getDerivedStateFromError(error: unknown): State {
    return { error };
  }

  override render(): ReactNode {
    const { error } = this.state;
    const { children, element: Element } = this.props;
    if (error === undefined) return children;
    const misconfigured = error instanceof NnoConfigurationError;
    return (
      <Element className="failure">
        <div className="nno-ui nno-card" role="alert">
          <h1 className="nno-title">
            {misconfigured ? "This console is not set up" : "This page did not load"}
          </h1>
          <p className="nno-text">
            {misconfigured
              ? error.message
              : "The console was updated since you opened it, the connection was lost, or the page has an error. " +
                "Reload the page to continue. You stay signed in."}
          </p>
          <button
            type="button"
            className="nno-button nno-button-primary nno-button-wide"
            onClick={() => window.location.reload()}
          >
            Reload
          </button>
        </div>
      </Element>
    );
  }
}
