/** Links between the host's pages. */
import type { MouseEvent, ReactNode } from "react";
import { useUiAuth } from "./provider.tsx";

interface LinkProps {
  to: string;
  className?: string;
  children: ReactNode;
}

/** A real link, which can be opened in a new tab. A plain click goes through the host's router. */
export function Link({ to, className = "nno-link", children }: LinkProps) {
  const { navigate } = useUiAuth();
  const follow = (event: MouseEvent) => {
    const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey;
    if (!plain || event.altKey) return;
    event.preventDefault();
    navigate(to);
  };
  return (
    <a href={to} className={className} onClick={follow}>
      {children}
    </a>
  );
}
