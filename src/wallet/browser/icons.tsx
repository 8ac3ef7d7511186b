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
  identity: (
    <>
      <path d="M3 6h18v12H3zM6 15c.6-1.6 1.6-2.4 3-2.4s2.4.8 3 2.400M14.5 10H18M14.5 13H18" />
      <circle cx="9" cy="10" r="1.8" />
    </>
  ),
  driving: <path d="M3.5 13 5.5 8h13l2 5v4h-17zM6 17v1.500M18 17v1.500M7 14.500h.1M17 14.500h.1M3.5 12.500h17" />,
  home: <path d="M4 11.5 12 5l8 6.500M6 10v9h12v-9M10 19v-5h4v5" />,
  land: <path d="M12 20v-9M12 13c-4 0-6-2-6-6 4 0 6 2 6 6zM12 11c0-3 1.5-5 5-5 0 3.5-1.5 5-5 5z" />,
  study: <path d="M2.5 9.5 12 5l9.5 4.500L12 14zM6.5 11.500V16c3 2.3 8 2.3 11 0v-4.5" />,
  forward: <path d="M5 12h14M13 6l6 6-6 6" />,
  eye: (
    <>
      <path d="M2.5 12C6 6.5 18 6.5 21.5 12 18 17.5 6 17.5 2.5 12Z" />
      <circle cx="12" cy="12" r="2.7" />
    </>
  ),
  bin: <path d="M5 7h14M10 7V4.5h4V7M7 7l.8 12.5h8.4L17 7M10.5 10.5v5.5M13.5 10.5v5.5" />,
} as const satisfies Record<string, JSX.Element>;

type IconName = keyof typeof paths;

/** The sign of a sort of document, as in the catalogue. */
export function categoryIcon(category: string | null | undefined): IconName {
  return category === 'identity' || category === 'driving' || category === 'home' || category === 'land' || category === 'study'
    ? category
    : 'document';
}

/** An icon for the eye only; `turns` mirrors it where the text runs from right to left. */
export function Icon({ name, turns = false }: { readonly name: IconName; readonly turns?: boolean }): JSX.Element {
  return (
    <svg class={turns ? 'icon icon--turns' : 'icon'} viewBox="0 0 24 24" aria-hidden="true">
      {paths[name]}
    </svg>
  );
}
