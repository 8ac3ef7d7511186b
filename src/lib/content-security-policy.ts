export interface PolicyOptions {
  /** Further targets of forms: Chromium applies `form-action` to the redirect after a POST too (design §8). */
  readonly formAction?: readonly string[];
  /** Whether the page has a script of ours. */
  readonly script?: boolean;
  /** The one trusted-types policy a page may make; none by default. */
  readonly trustedTypes?: string;
}

/** The origin or, for a custom scheme, the scheme of a redirect URI, as a source expression. */
export function formActionSource(redirectUri: string): string | undefined {
  if (!URL.canParse(redirectUri)) return undefined;
  const { origin, protocol } = new URL(redirectUri);
  const source = origin === 'null' ? protocol : origin;
  return /^[a-z0-9+.:/[\]-]+$/i.test(source) ? source : undefined;
}

/** The Content-Security-Policy of our pages: nothing foreign, nothing inline, no frames, no script but our own. */
export function contentSecurityPolicy({ formAction = [], script = false, trustedTypes = "'none'" }: PolicyOptions = {}): string {
  return [
    "default-src 'none'",
    `script-src ${script ? "'self'" : "'none'"}`,
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    ...(script ? ["connect-src 'self'", "manifest-src 'self'", "worker-src 'self'"] : []),
    "base-uri 'none'",
    "frame-ancestors 'none'",
    ["form-action 'self'", ...formAction].join(' '),
    "require-trusted-types-for 'script'",
    `trusted-types ${trustedTypes}`,
  ].join('; ');
}
