import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { documentName, type HeldDocument, officeName } from './document.ts';
import { factsOf } from './facts.ts';
import { Margin } from './issuing-screen.tsx';
import { Emblem, Heading, MaskedName, TextPage } from './parts.tsx';
import type { Speech } from './speech.ts';

export interface AcceptScreenProperties {
  readonly held: HeldDocument;
  readonly speech: Speech;
  readonly onKeep: () => Promise<void>;
  readonly onLeave: () => Promise<void>;
}

/** The browser's own name, for "on this device, in …". */
function browserName(): string {
  const agent = navigator.userAgent;
  const known = [/Edg\//, /OPR\//, /Firefox\//, /Chrome\//, /Safari\//];
  const names = ['Edge', 'Opera', 'Firefox', 'Chrome', 'Safari'];
  return names[known.findIndex((pattern) => pattern.test(agent))] ?? navigator.platform;
}

interface DeedProperties {
  readonly held: HeldDocument;
  readonly speech: Speech;
  readonly busy: boolean;
  readonly onNotMe: () => void;
}

function Deed({ held, speech, busy, onNotMe }: DeedProperties): JSX.Element {
  const { accept } = speech.words;
  const { bearer, birthYear } = factsOf(held, speech.language);
  return (
    <section class={`deed deed--brand ${held.office.brand}`}>
      <div class="parties">
        <div class="party">
          <Emblem office={held.office} language={speech.language} small />
          <div>
            <p class="aside">{accept.from}</p>
            <p class="record">{officeName(held.office, speech.language)}</p>
          </div>
        </div>
        <div class="party">
          <span class="emblem emblem--small emblem--bare">
            <img src="/wallet/look/seal.svg" alt="" />
          </span>
          <div>
            <p class="aside">{accept.to}</p>
            <p class="record">{accept.ownWallet}</p>
            <p class="aside">{accept.device(browserName())}</p>
          </div>
        </div>
      </div>
      <div class="indent" />
      <div class="whose">
        <div>
          <p class="aside">{accept.whose}</p>
          <p class="record">
            {bearer !== undefined && <MaskedName name={bearer} speech={speech} />}
            {birthYear !== undefined && <span class="born aside">{accept.bornIn(speech.date(birthYear))}</span>}
          </p>
        </div>
        <button class="link-button" type="button" disabled={busy} onClick={onNotMe}>
          {accept.notMe}
        </button>
      </div>
    </section>
  );
}

type Left = 'not-me' | 'cancelled';

function LeftScreen({ how, held, speech }: { readonly how: Left; readonly held: HeldDocument; readonly speech: Speech }): JSX.Element {
  const { accept, wayOn } = speech.words;
  return (
    <TextPage>
      <div class="stack">
        <Heading>{how === 'not-me' ? accept.notMeHeading : accept.cancelledHeading}</Heading>
        <p class="lede">{how === 'not-me' ? accept.notMeText(officeName(held.office, speech.language)) : accept.cancelledText}</p>
      </div>
      <p class="choices">
        <a class="button" href="/">
          {wayOn.documents}
        </a>
        <a class="button button--second" href="#/">
          {wayOn.wallet}
        </a>
      </p>
    </TextPage>
  );
}

/** Whose document from whom, on which device: asked before it is kept (features E21, quality H9). Leaving costs nothing. */
export function AcceptScreen({ held, speech, onKeep, onLeave }: AcceptScreenProperties): JSX.Element {
  const [left, setLeft] = useState<Left>();
  const [busy, setBusy] = useState(false);
  const { accept } = speech.words;
  if (left) return <LeftScreen how={left} held={held} speech={speech} />;
  const leave = (how: Left) => () => {
    setBusy(true);
    onLeave().then(() => setLeft(how));
  };
  const keep = () => {
    setBusy(true);
    onKeep().finally(() => setBusy(false));
  };
  return (
    <div class="page folio">
      <Margin about={held} step={3} speech={speech} />
      <div class="text stack stack--wide">
        <div class="stack">
          <Heading>{accept.heading(documentName(held, speech.language))}</Heading>
          <p class="lede">{accept.lede}</p>
        </div>
        <Deed held={held} speech={speech} busy={busy} onNotMe={leave('not-me')} />
        <p class="choices">
          <button class="button" type="button" disabled={busy} onClick={keep}>
            {accept.add}
          </button>
          <button class="button button--second" type="button" disabled={busy} onClick={leave('cancelled')}>
            {accept.cancel}
          </button>
        </p>
      </div>
    </div>
  );
}
