import { type Html, trustedHtml } from '../html.ts';

/** Line icons of our own, drawn on 24 × 24; the words beside them carry the meaning. */
const paths = {
  language: '<circle cx="12" cy="12" r="8.5" /><path d="M3.5 12h17M12 3.5c5 5 5 12 0 17M12 3.5c-5 5-5 12 0 17" />',
  done: '<path d="M5 12.5 10 17.5 19.5 7" />',
  warning: '<path d="M12 3.5 21.5 20h-19zM12 10v4.5M12 17.3v.2" />',
  clock: '<circle cx="12" cy="12" r="8.5" /><path d="M12 7v5l3.5 2" />',
  lock: '<path d="M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3" />',
  forward: '<path d="M5 12h14M13 6l6 6-6 6" />',
  questions: '<path d="M4 5h16v11h-8l-4.5 4V16H4zM9.8 9a2.2 2.2 0 1 1 3.4 1.9c-.8.5-1.2.8-1.2 1.6M12 14.3v.1" />',
  password: '<path d="M3 8h18v8H3zM7.5 12h.1M12 12h.1M16.5 12h.1" />',
  letter: '<path d="M3.5 6h17v12h-17zM3.5 7l8.5 6.5L20.5 7" />',
  identity: '<path d="M3 6h18v12H3zM6 15c.6-1.6 1.6-2.4 3-2.4s2.4.8 3 2.400M14.5 10H18M14.5 13H18" /><circle cx="9" cy="10" r="1.8" />',
  driving: '<path d="M3.5 13 5.5 8h13l2 5v4h-17zM6 17v1.500M18 17v1.500M7 14.500h.1M17 14.500h.1M3.5 12.500h17" />',
  home: '<path d="M4 11.5 12 5l8 6.500M6 10v9h12v-9M10 19v-5h4v5" />',
  land: '<path d="M12 20v-9M12 13c-4 0-6-2-6-6 4 0 6 2 6 6zM12 11c0-3 1.5-5 5-5 0 3.5-1.5 5-5 5z" />',
  study: '<path d="M2.5 9.5 12 5l9.5 4.500L12 14zM6.5 11.500V16c3 2.3 8 2.3 11 0v-4.5" />',
  document: '<path d="M6 3.500h8l4 4v13H6zM14 3.500v4h4M9 12h6M9 15.500h6" />',
  camera: '<path d="M3.5 8h4l1.5-2.500h6L16.5 8h4v11h-17z" /><circle cx="12" cy="13" r="3.2" />',
  search: '<circle cx="10.5" cy="10.5" r="6" /><path d="m15 15 5 5" />',
  eye: '<path d="M2.5 12c3-5 6-7 9.5-7s6.5 2 9.5 7c-3 5-6 7-9.5 7s-6.5-2-9.5-7z" /><circle cx="12" cy="12" r="3" />',
  bin: '<path d="M5 7h14M9.5 7V4.500h5V7M7 7l1 13h8l1-13" />',
} as const;

export type IconName = keyof typeof paths;

/** An icon for the eye only; `turns` mirrors it where the text runs from right to left. */
export function icon(name: IconName, options: { readonly turns?: boolean } = {}): Html {
  return trustedHtml(`<svg class="icon${options.turns ? ' icon--turns' : ''}" viewBox="0 0 24 24" aria-hidden="true">${paths[name]}</svg>`);
}
