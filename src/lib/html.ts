const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Markup that is safe to send: only `html` and `trustedHtml` make it, so an unescaped string never reaches a page. */
export class Html {
  readonly markup: string;
  constructor(markup: string) {
    this.markup = markup;
  }
  toString(): string {
    return this.markup;
  }
}

/** What may stand in a hole of `html`: absent values and `false` leave nothing behind. */
export type HtmlPart = Html | string | number | undefined | false | readonly HtmlPart[];

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => escapes[character] ?? character);
}

function render(part: HtmlPart): string {
  if (part === undefined || part === false) return '';
  if (part instanceof Html) return part.markup;
  if (typeof part === 'string') return escapeHtml(part);
  if (typeof part === 'number') return String(part);
  return part.map(render).join('');
}

/** Template for pages: everything in a hole is escaped unless it is already `Html`. Attributes must be quoted. */
export function html(texts: TemplateStringsArray, ...parts: HtmlPart[]): Html {
  let markup = texts[0] ?? '';
  parts.forEach((part, index) => {
    markup += render(part) + (texts[index + 1] ?? '');
  });
  return new Html(markup);
}

/** Markup of our own files (icons, art). Never call it with anything that came from outside. */
export function trustedHtml(markup: string): Html {
  return new Html(markup);
}
