/** Menus, built on Radix: arrow keys, type-ahead, Escape, and a focus that is restored. */
import * as DropdownMenu from "@radix-ui/react-dropdown-menu";
import { type ReactNode, useRef } from "react";
import { useUiAuth } from "../host/provider.tsx";
import { Check } from "./icons.tsx";

export interface MenuItem {
  label: ReactNode;
  onSelect: () => void;
  look?: "plain" | "danger";
  /** Makes the item one of a group of choices, which come first in the menu. True for the current choice. */
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
  const { dir } = useUiAuth();
  const direction = dir ?? (document.documentElement.dir === "rtl" ? "rtl" : "ltr");
  const button = useRef<HTMLButtonElement>(null);
  const selected = useRef<() => void>(undefined);
  // Runs the item after the menu has closed and its button has the focus: a dialog that the item opens restores it there.
  const select = (event: Event) => {
    if (selected.current === undefined) return;
    event.preventDefault();
    button.current?.focus();
    selected.current();
    selected.current = undefined;
  };
  const choose = (item: MenuItem) => () => {
    selected.current = item.onSelect;
  };
  const choices = items.filter(({ checked }) => checked !== undefined);
  const chosen = choices.findIndex(({ checked }) => checked === true);
  return (
    <DropdownMenu.Root modal={false} dir={direction}>
      <DropdownMenu.Trigger
        ref={button}
        className={`nno-ui nno-button nno-button-plain ${className}`}
        aria-label={label}
      >
        {trigger}
      </DropdownMenu.Trigger>
      {/* Without a portal, the menu stays in the landmark of its button. */}
      <DropdownMenu.Content
        className="nno-ui nno-menu"
        align="end"
        sideOffset={6}
        collisionPadding={8}
        onCloseAutoFocus={select}
      >
        {choices.length > 0 && (
          <DropdownMenu.RadioGroup value={String(chosen)}>
            {choices.map((item, index) => (
              <DropdownMenu.RadioItem
                key={`choice-${String(index)}`}
                className="nno-menu-item"
                value={String(index)}
                onSelect={choose(item)}
              >
                <span className="nno-menu-check">{item.checked === true && <Check />}</span>
                {item.label}
              </DropdownMenu.RadioItem>
            ))}
          </DropdownMenu.RadioGroup>
        )}
        {items
          .filter(({ checked }) => checked === undefined)
          .map((item, index) => (
            <MenuRow key={`row-${String(index)}`} item={item} onSelect={choose(item)} />
          ))}
      </DropdownMenu.Content>
    </DropdownMenu.Root>
  );
}

function MenuRow({ item, onSelect }: { item: MenuItem; onSelect: () => void }) {
  const className = `nno-menu-item nno-menu-item-${item.look ?? "plain"}`;
  return (
    <>
      {item.lineBefore === true && <DropdownMenu.Separator className="nno-menu-line" />}
      <DropdownMenu.Item className={className} onSelect={onSelect}>
        {item.label}
      </DropdownMenu.Item>
    </>
  );
}
