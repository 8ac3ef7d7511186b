import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { documentName, type HeldDocument, officeName, validityOf } from './document.ts';
import { type Facts, factsOf } from './facts.ts';
import { Icon } from './icons.tsx';
import { Emblem, Heading, TechnicalDetails, Told, Value } from './parts.tsx';
import type { Speech } from './speech.ts';

export interface DocumentScreenProperties {
  readonly held: HeldDocument;
  readonly speech: Speech;
  /** It was kept a moment ago. */
  readonly fresh: boolean;
  readonly onRemove: () => Promise<void>;
}

function State({ held, speech }: { readonly held: HeldDocument; readonly speech: Speech }): JSX.Element {
  const { document: words } = speech.words;
  const validity = validityOf(held, new Date());
  const [style, text] =
    validity === 'valid' ? ['chip--good', words.valid] : validity === 'ended' ? ['chip--bad', words.ended] : ['chip--wait', words.notYet];
  return (
    <p class="row">
      <span class={`chip ${style}`}>
        <Icon name={validity === 'valid' ? 'done' : 'warning'} />
        {text}
      </span>
      <span class="aside">{words.checked(speech.date(held.checkedAt))}</span>
    </p>
  );
}

function Body({ facts, held, speech }: { readonly facts: Facts; readonly held: HeldDocument; readonly speech: Speech }): JSX.Element {
  const [shown, setShown] = useState(false);
  const { document: words } = speech.words;
  const name = facts.bearer;
  return (
    <div class="document-body">
      {facts.portrait !== undefined && (
        <img class="portrait" src={facts.portrait} alt={name === undefined ? words.photo : words.photoOf(name)} width="240" height="300" />
      )}
      <div class="stack stack--facts">
        {name !== undefined && (
          <div>
            <p class="bearer">
              <bdi>{name}</bdi>
            </p>
          </div>
        )}
        <dl class="facts">
          {facts.rows.map((fact) => (
            <div key={fact.label}>
              <dt>{fact.label}</dt>
              <dd>
                <Value fact={fact} shown={shown} speech={speech} />
              </dd>
            </div>
          ))}
          {held.issuedAt && (
            <div>
              <dt>{words.givenOn}</dt>
              <dd>{speech.date(held.issuedAt)}</dd>
            </div>
          )}
          {held.validUntil && (
            <div>
              <dt>{words.validUntil}</dt>
              <dd>{speech.date(held.validUntil)}</dd>
            </div>
          )}
        </dl>
        <p>
          <button class="button button--second button--small" type="button" onClick={() => setShown(!shown)}>
            <Icon name="eye" />
            {shown ? words.hide : words.show}
          </button>
        </p>
      </div>
    </div>
  );
}

function Remove({ held, speech, onRemove }: Pick<DocumentScreenProperties, 'held' | 'speech' | 'onRemove'>): JSX.Element {
  const [asked, setAsked] = useState(false);
  const question = useRef<HTMLHeadingElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const { document: words } = speech.words;
  useEffect(() => {
    if (asked) question.current?.focus();
  }, [asked]);
  if (!asked)
    return (
      <button class="button button--danger button--wide" type="button" ref={button} onClick={() => setAsked(true)}>
        <Icon name="bin" />
        {words.remove}
      </button>
    );
  return (
    <section class="confirm stack" aria-labelledby="remove">
      <h2 id="remove" tabIndex={-1} ref={question}>
        {words.removeHeading(documentName(held, speech.language))}
      </h2>
      <p>{words.removeText}</p>
      <p class="choices">
        <button class="button button--danger" type="button" onClick={onRemove}>
          {words.removeAct}
        </button>
        <button class="button button--second" type="button" onClick={() => setAsked(false)}>
          {words.keep}
        </button>
      </p>
    </section>
  );
}

/** The card: masked until shown, readable without a network, deletable (features E13, quality H15, H20). */
export function DocumentScreen({ held, speech, fresh, onRemove }: DocumentScreenProperties): JSX.Element {
  const { document: words } = speech.words;
  const office = officeName(held.office, speech.language);
  const facts = factsOf(held, speech.language);
  return (
    <div class="page folio folio--wide">
      <div class="stack">
        <Told>{fresh ? words.added : undefined}</Told>
        <State held={held} speech={speech} />
        <article class={`document ${held.office.brand}`}>
          <header class="document-head guilloche">
            <Emblem office={held.office} language={speech.language} />
            <div>
              <Heading>{documentName(held, speech.language)}</Heading>
              <p>{office}</p>
            </div>
          </header>
          <Body facts={facts} held={held} speech={speech} />
          <div class="indent" />
          <footer class="document-foot">
            <div>
              <p class="record">{words.sealedBy(office)}</p>
              <p class="aside">{words.kept}</p>
            </div>
            <img class="stamp" src="/wallet/look/seal.svg" alt="" width="72" height="72" />
          </footer>
        </article>
        <TechnicalDetails held={held} speech={speech} />
      </div>
      <aside class="actions" aria-label={words.actions}>
        <a class="button button--wide" href="#/">
          {words.back}
        </a>
        <Remove held={held} speech={speech} onRemove={onRemove} />
      </aside>
    </div>
  );
}
