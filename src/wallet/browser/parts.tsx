import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { type HeldDocument, type Office, officeName } from './document.ts';
import type { Fact } from './facts.ts';
import { Icon } from './icons.tsx';
import type { Speech } from './speech.ts';

/** The heading of a screen: it takes the focus, so that a change of screen is heard, and names the page. */
export function Heading({ children }: { readonly children: string }): JSX.Element {
  const element = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${children} · Chancery`;
    element.current?.focus();
  }, [children]);
  return (
    <h1 tabIndex={-1} ref={element}>
      {children}
    </h1>
  );
}

interface EmblemProperties {
  readonly office: Office;
  readonly language: string;
  readonly small?: boolean;
}

export function Emblem({ office, language, small = false }: EmblemProperties): JSX.Element {
  const [first = ''] = officeName(office, language);
  return (
    <span class={small ? 'emblem emblem--small' : 'emblem'}>
      {office.emblem === null ? (
        <span class="letter-mark" aria-hidden="true">
          {first}
        </span>
      ) : (
        <img src={office.emblem} alt="" />
      )}
    </span>
  );
}

const mask = (length: number) => '•'.repeat(Math.max(2, Math.min(8, length)));
// A letter may be several characters in many scripts: a mask never cuts one apart.
const letters = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

function initials(text: string): string {
  const words = text.split(/\s+/).map((word) => Array.from(letters.segment(word), ({ segment }) => segment));
  return words.map(([first = '', ...rest]) => first + mask(rest.length)).join(' ');
}

interface Masked {
  readonly seen: string;
  readonly open: string;
  readonly heard: string;
}

function masked(text: string, rule: Fact['mask'], speech: Speech): Masked {
  const { document: words } = speech.words;
  if (rule === 'initials') return { seen: initials(text), open: '', heard: words.hiddenButInitials };
  if (rule === 'year') return { seen: '•• ••', open: speech.date(text.slice(0, 4)), heard: words.hiddenButYear };
  if (rule === 'end') return { seen: mask(text.length - 3), open: text.slice(-3), heard: words.hiddenButEnd };
  return { seen: mask(text.length), open: '', heard: words.hidden };
}

function written(value: unknown, speech: Speech): string {
  if (typeof value === 'boolean') return value ? speech.words.document.yes : speech.words.document.no;
  if (typeof value === 'number') return speech.number(value);
  const text = String(value);
  return /^\d{4}(-\d{2}(-\d{2})?)?$/.test(text) ? speech.date(text) : text;
}

/** A value as its owner asked to see it: a mask is not read aloud, beside it stands what is known. */
export function Value({ fact, shown, speech }: { readonly fact: Fact; readonly shown: boolean; readonly speech: Speech }): JSX.Element {
  const [first] = fact.values;
  if (shown || fact.mask === 'open') {
    // A number to be compared elsewhere keeps its digits as on record.
    const texts = fact.values.map((value) => (fact.mask === 'end' ? String(value) : written(value, speech)));
    return <bdi dir="auto">{texts.join(speech.language === 'ar' ? '، ' : ', ')}</bdi>;
  }
  const { seen, open, heard } = masked(String(first), fact.mask, speech);
  // A number runs from left to right in every language: dots have no direction of their own.
  return (
    <bdi dir={fact.mask === 'end' ? 'ltr' : speech.direction}>
      <span class="mask" aria-hidden="true">
        <bdi>{seen}</bdi>
      </span>
      <span class="only-heard">{heard}</span> <bdi>{open}</bdi>
    </bdi>
  );
}

/** A name whose letters are hidden but for the first of each word. */
export function MaskedName({ name, speech }: { readonly name: string; readonly speech: Speech }): JSX.Element {
  const { seen, heard } = masked(name, 'initials', speech);
  return (
    <>
      <span class="mask" aria-hidden="true">
        <bdi>{seen}</bdi>
      </span>
      <span class="only-heard">
        {initials(name).replaceAll('•', '')}, {heard}
      </span>
    </>
  );
}

/** Technical words are folded away (quality §6.5). */
export function TechnicalDetails({ held, speech }: { readonly held: HeldDocument; readonly speech: Speech }): JSX.Element {
  const { technical } = speech.words.document;
  return (
    <details class="folded">
      <summary>{speech.words.frame.technical}</summary>
      <dl dir="ltr" lang="en">
        <dt lang={speech.language}>{technical.format}</dt>
        <dd>{held.format}</dd>
        <dt lang={speech.language}>{technical.type}</dt>
        <dd>{held.type}</dd>
        <dt lang={speech.language}>{technical.issuer}</dt>
        <dd>{held.office.identifier}</dd>
        <dt lang={speech.language}>{technical.algorithm}</dt>
        <dd>{held.algorithm}</dd>
      </dl>
    </details>
  );
}

/** What has just been done, said once and heard. */
export function Told({ children }: { readonly children: string | undefined }): JSX.Element {
  return (
    <div role="status" class={children === undefined ? 'only-heard' : 'notice notice--good'}>
      {children !== undefined && (
        <>
          <Icon name="done" />
          <strong>{children}</strong>
        </>
      )}
    </div>
  );
}

export function TextPage({ children }: { readonly children: ComponentChildren }): JSX.Element {
  return (
    <div class="page folio folio--plain">
      <div class="text stack stack--wide">{children}</div>
    </div>
  );
}
