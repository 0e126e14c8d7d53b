/** Decorative icons. Screen readers ignore them. */

const iconProps = {
  viewBox: "0 0 16 16",
  fill: "none",
  stroke: "currentColor",
  strokeWidth: 1.75,
  strokeLinecap: "round",
  strokeLinejoin: "round",
  "aria-hidden": true,
  className: "nno-icon",
} as const;

export const Chevron = () => (
  <svg {...iconProps}>
    <path d="m4 6 4 4 4-4" />
  </svg>
);

export const Check = () => (
  <svg {...iconProps}>
    <path d="m3.5 8.5 3 3 6-7" />
  </svg>
);
