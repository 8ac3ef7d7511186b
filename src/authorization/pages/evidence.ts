import { type Html, html } from '../../lib/html.ts';
import { digitsIn, type Language } from '../../lib/language.ts';
import { icon } from '../../lib/look/look.ts';
import { faultSummary, field, folio, formId, hiddenFields, layout } from './layout.ts';
import type { EvidenceView, Fault, PageContext } from './views.ts';
import { fill, type Words, wordsIn } from './words/words.ts';

const firstField = { otp: 'otp', password: 'password', knowledge: 'name' } as const;

function summary(words: Words, view: EvidenceView, language: Language): Html | undefined {
  const { fault, factor } = view;
  if (!fault) return undefined;
  if (fault.kind === 'field')
    return faultSummary(words, { sentence: words.fault[fault.fault.reason][fault.fault.field], target: fault.fault.field });
  const target = firstField[factor];
  if (fault.kind === 'unavailable')
    return faultSummary(words, { title: words.error.kinds.unavailable.title, sentence: words.fault.unavailable, target });
  const more = fill(words.fault.triesLeft, { count: digitsIn(language, fault.triesLeft) });
  return faultSummary(words, { sentence: words.fault.refused, target, more });
}

function faultOf(words: Words, fault: Fault | undefined, name: 'otp' | 'password' | 'name' | 'birthdate'): { fault?: string } {
  return fault?.kind === 'field' && fault.fault.field === name ? { fault: words.fault[fault.fault.reason][name] } : {};
}

function codeFields(words: Words, { delivery, fault, resent }: EvidenceView): Html {
  const { evidence } = words;
  return html`<div class="notice notice--good" role="status">${icon('letter')}<strong>${resent ? evidence.resent : evidence.sent}</strong>
      ${delivery !== undefined && html`<p>${fill(evidence.sentTo, { address: `\u2068${delivery.masked}\u2069` })}</p>`}</div>
    ${field({ name: 'otp', label: evidence.code, hint: evidence.codeHint, autocomplete: 'one-time-code', numeric: true, className: 'input input--code', ...faultOf(words, fault, 'otp') })}
    <p class="row">${evidence.noCode} <button class="link-button" name="action" value="resend" formnovalidate>${evidence.again}</button></p>`;
}

function knowledgeFields(words: Words, { name, birthdate, fault }: EvidenceView): Html {
  const { evidence } = words;
  return html`${field({ name: 'name', label: evidence.name, hint: evidence.nameHint, autocomplete: 'name', value: name ?? '', ...faultOf(words, fault, 'name') })}
    ${field({ name: 'birthdate', label: evidence.birthdate, hint: evidence.birthdateHint, autocomplete: 'bday', value: birthdate ?? '', direction: 'ltr', ...faultOf(words, fault, 'birthdate') })}`;
}

function fieldsOf(words: Words, view: EvidenceView): Html {
  if (view.factor === 'otp') return codeFields(words, view);
  if (view.factor === 'knowledge') return knowledgeFields(words, view);
  return field({
    name: 'password',
    label: words.evidence.password,
    type: 'password',
    autocomplete: 'current-password',
    ...faultOf(words, view.fault, 'password'),
  });
}

/** The second page: the evidence of the chosen factor. */
export function evidencePage(view: EvidenceView, context: PageContext): Html {
  const words = wordsIn(context.language);
  const { evidence, signIn } = words;
  const heading = { otp: evidence.codeHeading, password: evidence.passwordHeading, knowledge: evidence.knowledgeHeading }[view.factor];
  const text = html`${summary(words, view, context.language)}
    <div class="stack"><h1 tabindex="-1">${heading}</h1>
      ${view.factor === 'knowledge' && html`<p class="lede">${fill(evidence.knowledgeLede, { issuer: view.purpose.issuerName })}</p>`}</div>
    <form class="stack stack--form" id="${formId}" method="post" action="${context.actionUrl}">
      ${hiddenFields(context, 'evidence')}
      ${fieldsOf(words, view)}
      <p class="row">
        <button class="button" name="action" value="continue">${evidence.go}</button>
        <button class="button button--second" name="action" value="restart" formnovalidate>${evidence.other}</button>
        <button class="link-button" name="action" value="cancel" formnovalidate>${signIn.stop}</button>
      </p>
    </form>`;
  return layout({ title: heading, context, main: folio(words, view.purpose, 'sign-in', text), form: true });
}
