import type { JSX } from 'preact';

const paths = {
  done: <path d="M5 12.5 10 17.5 19.5 7" />,
  info: (
    <>
      <circle cx="12" cy="12" r="9" />
      <path d="M12 11v5M12 7.8v.2" />
    </>
  ),
  warning: <path d="M12 3.5 21.5 20h-19zM12 10v4.5M12 17.3v.2" />,
  document: <path d="M6 3.500h8l4 4v13H6zM14 3.500v4h4M9 12h6M9 15.500h6" />,
  forward: <path d="M5 12h14M13 6l6 6-6 6" />,
  eye: (
    <>
      <path d="M2.5 12C6 6.5 18 6.5 21.5 12 18 17.5 6 17.5 2.5 12Z" />
      <circle cx="12" cy="12" r="2.7" />
    </>
  ),
  bin: <path d="M5 7h14M10 7V4.5h4V7M7 7l.8 12.5h8.4L17 7M10.5 10.5v5.5M13.5 10.5v5.5" />,
} as const satisfies Record<string, JSX.Element>;

/** An icon for the eye only; `turns` mirrors it where the text runs from right to left. */
export function Icon({ name, turns = false }: { readonly name: keyof typeof paths; readonly turns?: boolean }): JSX.Element {
  return (
    <svg class={turns ? 'icon icon--turns' : 'icon'} viewBox="0 0 24 24" aria-hidden="true">
      {paths[name]}
    </svg>
  );
}
