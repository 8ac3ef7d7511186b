import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { documentName, type HeldDocument, officeName } from './document.ts';
import { FaultScreen } from './fault-screen.tsx';
import { Icon } from './icons.tsx';
import { type IssuingProgress, issueDocument } from './issue-document.ts';
import { Emblem, Heading } from './parts.tsx';
import type { Speech } from './speech.ts';
import type { Storage } from './storage.ts';

const total = 5;
const slowMilliseconds = 10_000;

export interface IssuingScreenProperties {
  readonly id: string;
  readonly storage: Storage;
  readonly speech: Speech;
  readonly onIssued: (document: HeldDocument) => void;
}

/** Who gives what: the margin of the screens between sign-in and document. */
export function Margin({
  about,
  step,
  speech,
}: {
  readonly about: Pick<HeldDocument, 'configuration' | 'configurationId' | 'office'>;
  readonly step: number;
  readonly speech: Speech;
}): JSX.Element {
  const { issuing } = speech.words;
  return (
    <aside class="margin stack stack--wide" aria-label={issuing.getting}>
      <div class="asks">
        <p class="aside">{issuing.getting}</p>
        <div class="row row--holds">
          <Emblem office={about.office} language={speech.language} />
          <div>
            <p class="record">{documentName(about, speech.language)}</p>
            <p class="aside">{issuing.from(officeName(about.office, speech.language))}</p>
          </div>
        </div>
      </div>
      <ol class="steps" aria-label={issuing.stepsLabel}>
        {issuing.steps.map((name, index) => (
          <li key={name} class={index < step ? 'done' : undefined} aria-current={index === step ? 'step' : undefined}>
            <span class="mark" />
            {name}
          </li>
        ))}
      </ol>
    </aside>
  );
}

function Steps({
  sentences,
  times,
  speech,
}: {
  readonly sentences: readonly string[];
  readonly times: readonly string[];
  readonly speech: Speech;
}): JSX.Element {
  const { issuing } = speech.words;
  const done = times.length;
  const current = issuing.step(speech.number(Math.min(done + 1, total)), speech.number(total));
  return (
    <>
      <ol class="progress" aria-label={issuing.progressLabel}>
        {sentences.map((sentence, index) => {
          const time = times[index];
          const now = index === done;
          return (
            <li key={sentence} class={time ? 'done' : now ? 'now' : undefined} aria-current={now ? 'step' : undefined}>
              <span class="lozenge">{time && <Icon name="done" />}</span>
              <div>
                <strong>{sentence}</strong>
                {now && <span class="aside">{current}</span>}
              </div>
              {time && (
                <time dateTime={time}>
                  {speech.time(time)}
                  <span class="only-heard">, {issuing.done}</span>
                </time>
              )}
            </li>
          );
        })}
      </ol>
      <p class="only-heard" role="status">
        {current}: {sentences[Math.min(done, total - 1)]}
      </p>
    </>
  );
}

function Sealing({
  progress,
  times,
  slow,
  speech,
}: {
  readonly progress: IssuingProgress;
  readonly times: readonly string[];
  readonly slow: boolean;
  readonly speech: Speech;
}): JSX.Element {
  const { details } = progress;
  const about = { ...details, office: details.issuer };
  const { issuing } = speech.words;
  const name = documentName(about, speech.language);
  return (
    <div class="page page--pressing folio">
      <Margin about={about} step={2} speech={speech} />
      <div class="text stack stack--wide">
        <div class="stack">
          <Heading>{issuing.heading(name)}</Heading>
          <p class="lede">{slow ? issuing.slow : issuing.lede}</p>
        </div>
        <Steps sentences={issuing.progress(officeName(details.issuer, speech.language), name)} times={times} speech={speech} />
        <div class="notice">
          <Icon name="info" />
          <strong>{issuing.harmless}</strong>
          <p>{issuing.harmlessText(name)}</p>
        </div>
        <div class="pressing" aria-hidden="true">
          <img src="/wallet/look/seal.svg" alt="" />
        </div>
      </div>
    </div>
  );
}

/** Walk steps 7 to 9, in named steps that are seen and heard (features E20). */
export function IssuingScreen({ id, storage, speech, onIssued }: IssuingScreenProperties): JSX.Element {
  const [progress, setProgress] = useState<IssuingProgress>();
  const [times, setTimes] = useState<readonly string[]>([]);
  const [fault, setFault] = useState<unknown>();
  const [slow, setSlow] = useState(false);
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    let current = true;
    const timer = setTimeout(() => setSlow(true), slowMilliseconds);
    const tell = (told: IssuingProgress) => {
      if (!current) return;
      setProgress(told);
      setTimes((known) => {
        const all = known.length > 0 ? known : [told.details.allowedAt];
        return [...all, ...Array.from({ length: told.done - all.length }, () => new Date().toISOString())];
      });
    };
    issueDocument(storage, id, tell).then(
      (document) => current && onIssued(document),
      (reason: unknown) => current && setFault(reason ?? new Error()),
    );
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [id, attempt]);
  if (fault !== undefined) {
    const again = () => {
      setFault(undefined);
      setAttempt(attempt + 1);
    };
    return <FaultScreen fault={fault} speech={speech} again={again} />;
  }
  if (!progress)
    return (
      <div class="page">
        <p role="status">{speech.words.issuing.lede}</p>
      </div>
    );
  return <Sealing progress={progress} times={times} slow={slow} speech={speech} />;
}
