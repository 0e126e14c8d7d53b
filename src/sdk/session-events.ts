/**
 * What happens around a page that makes a session worth asking for again: the window comes back, the network comes back,
 * another tab signed in or out.
 */

export type SessionChange =
  /** Nobody is signed in any more. */
  | "signed-out"
  /** Somebody else may be. */
  | "replaced"
  /** The same user is, and something about them has changed. */
  | "changed";

export interface SessionEvents {
  onAttention: () => void;
  onOnline: () => void;
  onOtherTab: (change: SessionChange) => void;
}

interface Message {
  /** The sender, which hears its own messages where it has more than one channel open. */
  from: string;
  change: SessionChange;
}

/**
 * Starts listening.
 *
 * @param self names this listener among the tabs.
 * @returns how to stop.
 */
export function listenToPage(baseUrl: string, self: string, events: SessionEvents): () => void {
  if (typeof window === "undefined") return () => {};
  const onVisible = () => {
    if (document.visibilityState === "visible") events.onAttention();
  };
  // A page out of the back-forward cache shows what was true when it was left.
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

/** Tells the other tabs of this origin. Other origins of the platform find out when they get the focus. */
export function tellOtherTabs(baseUrl: string, self: string, change: SessionChange): void {
  const channel = openChannel(baseUrl);
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel has no target, a window has
  channel?.postMessage({ from: self, change } satisfies Message);
  channel?.close();
}

function openChannel(baseUrl: string): BroadcastChannel | undefined {
  if (typeof BroadcastChannel === "undefined") return undefined;
  return new BroadcastChannel(`nno:session:${baseUrl}`);
}
