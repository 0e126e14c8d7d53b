/** Marks beside words, which say the same without them. */

const drawn = {
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
  <svg {...drawn}>
    <path d="m4 6 4 4 4-4" />
  </svg>
);

export const Check = () => (
  <svg {...drawn}>
    <path d="m3.5 8.5 3 3 6-7" />
  </svg>
);
