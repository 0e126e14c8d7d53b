/**
 * Events that make the session worth requesting again: the window gets the focus, the network returns, or another tab
 * signs in or out.
 */

export type SessionChange =
  /** Nobody is signed in now. */
  | "signed-out"
  /** Another user may be signed in now. */
  | "replaced"
  /** The same user is signed in, but their data has changed. */
  | "changed";

export interface SessionEvents {
  onAttention: () => void;
  onOnline: () => void;
  onOtherTab: (change: SessionChange) => void;
}

interface Message {
  /** The sender, which receives its own messages if it has more than one channel open. */
  from: string;
  change: SessionChange;
}

/**
 * Starts listening.
 *
 * @param self identifies this listener among all tabs.
 * @returns a function that stops listening.
 */
export function listenToPage(baseUrl: string, self: string, events: SessionEvents): () => void {
  if (typeof window === "undefined") return () => {};
  const onVisible = () => {
    if (document.visibilityState === "visible") events.onAttention();
  };
  // A page from the back-forward cache still shows the session that it had when the user left it.
  const onShow = (event: Event) => {
    if ((event as PageTransitionEvent).persisted) events.onOnline();
  };
  window.addEventListener("focus", onVisible);
  document.addEventListener("visibilitychange", onVisible);
  window.addEventListener("online", events.onOnline);
  window.addEventListener("pageshow", onShow);
  const channel = openChannel(baseUrl);
  const onMessage = (event: MessageEvent<Message>) => {
    if (event.data.from !== self) events.onOtherTab(event.data.change);
  };
  channel?.addEventListener("message", onMessage);
  return () => {
    window.removeEventListener("focus", onVisible);
    document.removeEventListener("visibilitychange", onVisible);
    window.removeEventListener("online", events.onOnline);
    window.removeEventListener("pageshow", onShow);
    channel?.removeEventListener("message", onMessage);
    channel?.close();
  };
}

/** Tells the other tabs of this origin. Pages of other origins find out when they get the focus. */
export function notifyOtherTabs(baseUrl: string, self: string, change: SessionChange): void {
  const channel = openChannel(baseUrl);
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- only a window takes a target origin
  channel?.postMessage({ from: self, change } satisfies Message);
  channel?.close();
}

function openChannel(baseUrl: string): BroadcastChannel | undefined {
  if (typeof BroadcastChannel === "undefined") return undefined;
  return new BroadcastChannel(`nno:session:${baseUrl}`);
}
