/** What a stretch of TypeScript is made of; `code` is everything that is not one of the others. */
export type Kind = 'code' | 'comment' | 'string' | 'template' | 'regex';

interface Token {
  readonly kind: Kind;
  readonly start: number;
  readonly end: number;
}

// A `/` after one of these begins a regular expression; after a name, a number or a closing bracket it divides.
const beforeRegex = /(?:^|[(,=:[!&|?{};+\-*%~^<>]|\b(?:return|typeof|case|in|of|delete|void|throw|await|yield|instanceof))$/;
const comment = /\/\*[\s\S]*?(?:\*\/|$)|\/\/[^\n]*/y;
const quoted = /'(?:\\[\s\S]|[^'\\\n])*'?|"(?:\\[\s\S]|[^"\\\n])*"?/y;
const regex = /\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\[\n])+\/[a-z]*/y;
const templatePart = /(?:\\[\s\S]|\$(?!\{)|[^`\\$])*(?:`|\$\{|$)/y;

function matchAt(pattern: RegExp, text: string, index: number): number {
  pattern.lastIndex = index;
  return pattern.exec(text)?.[0].length ?? 0;
}

/** Where a template's text ends that begins at `index`, and whether a `${` follows it rather than the end. */
function readTemplatePart(text: string, index: number): { end: number; opens: boolean } {
  const end = index + matchAt(templatePart, text, index);
  return { end, opens: text.slice(index, end).endsWith('${') };
}

/** Comments, strings, templates and regular expressions of a text, in order. No compiler exists to ask under TypeScript 7. */
export function tokensOf(text: string): readonly Token[] {
  const tokens: Token[] = [];
  const templates: number[] = [];
  let depth = 0;
  let significant = '';
  const push = (kind: Kind, start: number, end: number) => {
    tokens.push({ kind, start, end });
    if (kind !== 'comment') significant = 'x';
    return end;
  };
  const readTemplate = (start: number, from: number) => {
    const { end, opens } = readTemplatePart(text, from);
    if (opens) templates.push(depth);
    push('template', start, end);
    if (opens) significant = '{';
    return end;
  };
  for (let index = 0; index < text.length; ) {
    const character = text[index] ?? '';
    const length = matchAt(comment, text, index);
    if (length > 0) index = push('comment', index, index + length);
    else if (character === "'" || character === '"') index = push('string', index, index + matchAt(quoted, text, index));
    else if (character === '`') index = readTemplate(index, index + 1);
    else if (character === '}' && templates.at(-1) === depth) {
      templates.pop();
      index = readTemplate(index, index + 1);
    } else if (character === '/' && beforeRegex.test(significant) && matchAt(regex, text, index) > 0)
      index = push('regex', index, index + matchAt(regex, text, index));
    else {
      if (character === '{') depth += 1;
      else if (character === '}') depth -= 1;
      if (!/\s/.test(character)) significant = (/\w$/.test(significant) && /\w/.test(character) ? significant : '') + character;
      else if (/\w$/.test(significant) && !beforeRegex.test(significant)) significant = 'x';
      index += 1;
    }
  }
  return tokens;
}

/** The text with these kinds blanked out, same length and lines. */
export function blank(text: string, kinds: readonly Kind[]): string {
  let result = '';
  let done = 0;
  for (const { kind, start, end } of tokensOf(text)) {
    if (!kinds.includes(kind)) continue;
    result += text.slice(done, start) + text.slice(start, end).replace(/[^\n]/g, ' ');
    done = end;
  }
  return result + text.slice(done);
}

/** What is left when comments, strings, templates' text and regular expressions are blanked out. */
export const codeOf = (text: string) => blank(text, ['comment', 'string', 'template', 'regex']);

/** Everything but comments. */
export const withoutComments = (text: string) => blank(text, ['comment']);
