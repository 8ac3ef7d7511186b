import { type Html, html, trustedHtml } from '../../lib/html.ts';
import type { FactorName } from '../../registry/registry.ts';
import { faultSummary, field, folio, formId, hiddenFields, layout } from './layout.ts';
import type { IdentifyView, PageContext } from './views.ts';
import { fill, type Words, wordsIn } from './words/words.ts';

function way(words: Words, factor: FactorName, chosen: FactorName): Html {
  const { signIn } = words;
  const checked = factor === chosen ? trustedHtml(' checked') : '';
  return html`<label class="choice"><input type="radio" name="factor" value="${factor}"${checked} /><span><span class="record">${signIn[factor]}</span><span class="aside">${signIn[`${factor}Hint`]}</span></span></label>`;
}

function summary(words: Words, { fault }: IdentifyView): Html | undefined {
  if (fault?.kind === 'field')
    return faultSummary(words, { sentence: words.fault[fault.fault.reason].individual_id, target: 'individual_id' });
  if (fault?.kind === 'unavailable')
    return faultSummary(words, { title: words.error.kinds.unavailable.title, sentence: words.fault.unavailable, target: 'individual_id' });
  return undefined;
}

/** The first page: who is signing in, and how they want to show it. */
export function signInPage(view: IdentifyView, context: PageContext): Html {
  const words = wordsIn(context.language);
  const { signIn } = words;
  const { purpose, factors, chosen, individualId, fault } = view;
  const heading = purpose.documentName ? fill(signIn.heading, { issuer: purpose.issuerName }) : signIn.plainHeading;
  const lede = purpose.documentName ? fill(signIn.lede, { document: words.inSentence(purpose.documentName) }) : signIn.plainLede;
  const text = html`${summary(words, view)}
    <div class="stack"><h1 tabindex="-1">${heading}</h1><p class="lede">${lede}</p></div>
    <form class="stack stack--form" id="${formId}" method="post" action="${context.actionUrl}">
      ${hiddenFields(context, 'identify')}
      ${field({
        name: 'individual_id',
        label: signIn.number,
        hint: signIn.numberHint,
        value: individualId,
        autocomplete: 'username',
        numeric: true,
        className: 'input code',
        ...(fault?.kind === 'field' ? { fault: words.fault[fault.fault.reason].individual_id } : {}),
      })}
      <fieldset class="field"><legend>${signIn.ways}</legend><div class="deed">${factors.map((factor) => way(words, factor, chosen))}</div></fieldset>
      <p class="row">
        <button class="button" name="action" value="continue">${signIn.next}</button>
        <button class="button button--second" name="action" value="cancel" formnovalidate>${signIn.stop}</button>
      </p>
    </form>`;
  return layout({ title: signIn.title, context, main: folio(words, purpose, 'sign-in', text), form: true });
}
