const year = 31_536_000;

function keep(name: string, value: string): void {
  // The server reads the same cookies; they say nothing of a person.
  // biome-ignore lint/suspicious/noDocumentCookie: browsers do not all have the cookie store yet.
  document.cookie = `${name}=${value}; path=/; max-age=${year}; samesite=lax`;
}

function kept(name: string): string | undefined {
  const pair = document.cookie.split('; ').find((entry) => entry.startsWith(`${name}=`));
  return pair?.slice(name.length + 1);
}

function applyTheme(theme: string): void {
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
  for (const button of document.querySelectorAll<HTMLButtonElement>('.appearance button'))
    button.setAttribute('aria-pressed', String(button.value === theme));
}

/** Language links come back to the same screen. */
function followHash(): void {
  for (const link of document.querySelectorAll<HTMLAnchorElement>('.language a')) {
    const address = new URL(link.href);
    address.hash = location.hash;
    link.href = address.href;
  }
}

/** The masthead and foot come from the server; here they learn what they need to work without it. */
export function connectPageChoices(): void {
  const html = document.documentElement;
  const asked = new URLSearchParams(location.search).get('language');
  if (asked !== null && asked === html.lang) keep('language', asked);
  const wanted = kept('language');
  // A page kept for reading offline may be in another language than the one chosen since.
  if (asked === null && wanted !== undefined && wanted !== html.lang && /^[a-z]{2}$/.test(wanted))
    location.replace(`?language=${wanted}${location.hash}`);
  applyTheme(kept('appearance') ?? 'automatic');
  document.querySelector('.appearance')?.addEventListener('submit', (event) => {
    const { submitter } = event as SubmitEvent;
    if (!(submitter instanceof HTMLButtonElement)) return;
    event.preventDefault();
    keep('appearance', submitter.value);
    applyTheme(submitter.value);
  });
  followHash();
  window.addEventListener('hashchange', followHash);
}
