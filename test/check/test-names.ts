import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const literal = String.raw`(?:'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|${'`'}(?:[^${'`'}\\\n]|\\.)*${'`'})`;
const named = (word: string) => new RegExp(String.raw`\b${word}\(\s*(${literal})`, 'g');
const placeholder = /\$\{[^{}]*\}/g;
/** What stands for a constant that is not looked up: a name counts without it. */
const some = '…';

/** The text between the quotes. */
const inner = (quoted: string) => quoted.slice(1, -1).replace(/\\(.)/g, '$1');
const listed = (text: string, word: string) => [...text.matchAll(named(word))].map(([, quoted = '']) => inner(quoted));

/** A template with each constant left out, and once more with each of the texts in the place of one of them. */
function filled(template: string, texts: readonly string[]): readonly string[] {
  const places = [...template.matchAll(placeholder)];
  const bare = (part: string) => part.replace(placeholder, some);
  const one = ({ index, 0: { length } }: RegExpExecArray) =>
    texts.map((text) => bare(template.slice(0, index)) + text + bare(template.slice(index + length)));
  return [bare(template), ...places.flatMap(one)];
}

/** A file of tests, and what it calls beside itself: contracts, tables of cases. */
function textsOf(file: string): readonly [string, ...string[]] {
  const own = readFileSync(file, 'utf8');
  const beside = [...own.matchAll(/from '(\.\/[^']+\.ts)'/g)].map(([, path = '']) => join(dirname(file), path));
  return [own, ...beside.filter((path) => existsSync(path)).map((path) => readFileSync(path, 'utf8'))];
}

/** Answers whether a test of a file has a name that a pattern matches, its suite's name before it or not; nothing is run. */
export function testMatcherOf(file: string): (pattern: RegExp) => boolean {
  const [own, ...beside] = textsOf(file);
  const text = [own, ...beside].join('\n');
  const written = [...new Set([...text.matchAll(new RegExp(literal, 'g'))].map(([quoted]) => inner(quoted)))];
  const plain = written.filter((value) => !value.includes('${'));
  const ofOwn = plain.filter((value) => own.includes(value));
  // The case of a table may be a template itself.
  const all = [...plain, ...written.flatMap((value) => (value.includes('${') ? filled(value, plain) : []))];
  const names = listed(text, 'test').flatMap((template) => filled(template, all));
  const suites = listed(text, 'describe').flatMap((template) => filled(template, ofOwn));
  return (pattern) =>
    names.some((name) => pattern.test(name)) || suites.some((suite) => names.some((name) => pattern.test(`${suite} ${name}`)));
}
