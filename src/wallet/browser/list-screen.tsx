import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { documentName, type HeldDocument, officeName, validityOf } from './document.ts';
import { factsOf } from './facts.ts';
import { categoryIcon, Icon } from './icons.tsx';
import { Heading, MaskedName, Told } from './parts.tsx';
import type { Speech } from './speech.ts';

export interface ListScreenProperties {
  readonly documents: readonly HeldDocument[];
  readonly speech: Speech;
  /** What has just happened, said once. */
  readonly message: string | undefined;
}

const folded = (text: string) => text.normalize('NFKD').replace(/\p{M}/gu, '').toLocaleLowerCase();

function Card({ held, speech }: { readonly held: HeldDocument; readonly speech: Speech }): JSX.Element {
  const { list, document: words } = speech.words;
  const { bearer } = factsOf(held, speech.language);
  const waiting = held.state === 'offered';
  const ended = validityOf(held, new Date()) === 'ended';
  const given = held.issuedAt === undefined ? '' : list.given(speech.date(held.issuedAt));
  return (
    <li class={`leaf leaf--kept ${held.office.brand}`}>
      <span class="spine">
        <Icon name={categoryIcon(held.category)} />
      </span>
      <div class="leaf-text">
        <h2 class="leaf-title">
          <a href={`#/${waiting ? 'issuing' : 'documents'}/${held.id}`}>{documentName(held, speech.language)}</a>
        </h2>
        <p>
          {officeName(held.office, speech.language)}
          {bearer !== undefined && (
            <>
              <br />
              <MaskedName name={bearer} speech={speech} />
            </>
          )}
        </p>
        <p class="leaf-foot">
          <span>{waiting ? list.waiting : ended ? words.ended : given}</span>
          <span class="go" aria-hidden="true">
            {list.open}
            <Icon name="forward" turns />
          </span>
        </p>
      </div>
    </li>
  );
}

function Empty({ speech: { words } }: { readonly speech: Speech }): JSX.Element {
  return (
    <section class="empty" aria-labelledby="none">
      <h2 id="none">{words.list.emptyHeading}</h2>
      <p>{words.list.emptyText}</p>
      <a class="button" href="/">
        {words.list.choose}
      </a>
    </section>
  );
}

/** All documents of this wallet, with a search over names of documents and offices in every language. */
export function ListScreen({ documents, speech, message }: ListScreenProperties): JSX.Element {
  const [sought, setSought] = useState('');
  const { list } = speech.words;
  const names = (held: HeldDocument) => folded(JSON.stringify([held.configuration.credential_metadata, held.office.display]));
  const shown = documents.filter((held) =>
    folded(sought)
      .split(/\s+/)
      .every((word) => names(held).includes(word)),
  );
  return (
    <div class="page stack stack--wide">
      <Heading>{list.heading}</Heading>
      <Told>{message}</Told>
      {documents.length === 0 ? (
        <Empty speech={speech} />
      ) : (
        <>
          <div class="field">
            <label for="sought">{list.search}</label>
            <input
              class="input"
              id="sought"
              type="search"
              autoComplete="off"
              value={sought}
              onInput={(event) => setSought(event.currentTarget.value)}
            />
          </div>
          {shown.length === 0 ? (
            <p role="status">{list.nothing}</p>
          ) : (
            <ul class="leaves">
              {shown.map((held) => (
                <Card key={held.id} held={held} speech={speech} />
              ))}
            </ul>
          )}
          <p>
            <a class="button button--second" href="/">
              {list.more}
            </a>
          </p>
        </>
      )}
    </div>
  );
}
