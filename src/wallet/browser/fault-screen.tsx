import type { JSX } from 'preact';
import { CredentialFault } from '../../formats/browser/credential-reader.ts';
import type { FaultWords, Words } from '../words/words.ts';
import { Heading, TextPage } from './parts.tsx';
import type { Speech } from './speech.ts';
import { StorageFault } from './storage.ts';
import { ApiFault } from './wallet-api.ts';

interface Told {
  readonly code: string;
  readonly reference: string | undefined;
  /** For the technical details alone. */
  readonly reason: string | undefined;
}

function tell(fault: unknown): Told {
  if (fault instanceof ApiFault) return { code: fault.code, reference: fault.reference, reason: undefined };
  if (fault instanceof CredentialFault) return { code: 'seal', reference: undefined, reason: fault.message };
  if (fault instanceof StorageFault) return { code: 'storage', reference: undefined, reason: undefined };
  return { code: 'unexpected', reference: undefined, reason: fault instanceof Error ? fault.name : undefined };
}

function wordsFor(code: string, { faults, appFaults }: Words): FaultWords {
  const all: Readonly<Record<string, FaultWords>> = { ...faults, ...appFaults };
  return all[code] ?? faults.unexpected;
}

export interface FaultScreenProperties {
  readonly fault: unknown;
  readonly speech: Speech;
  /** Does the same once more, where that can help. */
  readonly again?: () => void;
}

/** Cause, what to do next, a reference where the server has one (quality EP1 to EP3). */
export function FaultScreen({ fault, speech, again }: FaultScreenProperties): JSX.Element {
  const { code, reference, reason } = tell(fault);
  const { heading, text } = wordsFor(code, speech.words);
  const { frame, wayOn } = speech.words;
  const repeatable = again !== undefined && ['offline', 'unavailable', 'unexpected', 'storage'].includes(code);
  return (
    <TextPage>
      <div class="stack">
        <Heading>{heading}</Heading>
        <p class="lede">{text}</p>
      </div>
      <p class="choices">
        {repeatable ? (
          <button class="button" type="button" onClick={again}>
            {speech.words.again}
          </button>
        ) : (
          <a class="button" href="/">
            {wayOn.documents}
          </a>
        )}
        <a class="button button--second" href="#/">
          {wayOn.wallet}
        </a>
      </p>
      {reference !== undefined && (
        <div class="reference">
          <p class="aside">{frame.reference}</p>
          <p class="code">{reference}</p>
          <p class="aside">{frame.referenceHint}</p>
        </div>
      )}
      {reason !== undefined && (
        <details class="folded">
          <summary>{frame.technical}</summary>
          <p dir="ltr" lang="en">
            {reason}
          </p>
        </details>
      )}
    </TextPage>
  );
}
