/**
 * What is shown where a page cannot be: its part of the console did not load (a deployment has replaced the file, or the
 * connection was lost), it has an error, or the console is not set up. A blank page would have no way on.
 */
import { NnoConfigurationError } from "@neutrino-io/sdk";
import { Component, type ReactNode } from "react";

interface Props {
  /** What it stands in for: the whole page, or a part of one that has its `main` already. */
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
              : "The console has been updated since you opened it, the connection was lost, or the page has an error. " +
                "Reload it to go on; you stay signed in."}
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
