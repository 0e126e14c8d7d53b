/** Menus on Radix: arrow keys, type-ahead, Escape, and focus given back. */
import * as DropdownMenu from "@radix-ui/react-dropdown-menu";
import type { ReactNode } from "react";

export interface MenuItem {
  label: ReactNode;
  onSelect: () => void;
  look?: "plain" | "danger";
  /** The one that is chosen already; makes the menu one of choices. */
  checked?: boolean;
  lineBefore?: boolean;
}

interface MenuProps {
  label: string;
  trigger: ReactNode;
  className?: string;
  items: readonly MenuItem[];
}

export function Menu({ label, trigger, className = "", items }: MenuProps) {
  return (
    <DropdownMenu.Root modal={false} dir={document.documentElement.dir === "rtl" ? "rtl" : "ltr"}>
      <DropdownMenu.Trigger
        className={`nno-ui nno-button nno-button-plain ${className}`}
        aria-label={label}
      >
        {trigger}
      </DropdownMenu.Trigger>
      {/* No portal: the menu stays in the landmark of its button. */}
      <DropdownMenu.Content
        className="nno-ui nno-menu"
        align="end"
        sideOffset={6}
        collisionPadding={8}
      >
        {items.map((item, index) => (
          <MenuRow key={`${label}-${String(index)}`} item={item} />
        ))}
      </DropdownMenu.Content>
    </DropdownMenu.Root>
  );
}

function MenuRow({ item }: { item: MenuItem }) {
  const className = `nno-menu-item nno-menu-item-${item.look ?? "plain"}`;
  return (
    <>
      {item.lineBefore === true && <DropdownMenu.Separator className="nno-menu-line" />}
      {item.checked === undefined ? (
        <DropdownMenu.Item className={className} onSelect={item.onSelect}>
          {item.label}
        </DropdownMenu.Item>
      ) : (
        <DropdownMenu.CheckboxItem
          className={className}
          checked={item.checked}
          onSelect={item.onSelect}
        >
          <span className="nno-menu-check" aria-hidden="true">
            {item.checked ? "✓" : ""}
          </span>
          {item.label}
        </DropdownMenu.CheckboxItem>
      )}
    </>
  );
}
