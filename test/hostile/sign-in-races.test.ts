import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Exchange, Messenger } from '../../examples/walk/exchange.ts';
import { readForms, signIn } from '../../examples/walk/person.ts';
import { personOf, readRows } from '../support/people.ts';
import { answerForm, authorizationAddress, follow, locationOf, reachEvidence } from '../support/sign-in-pages.ts';
import { racers, rounds, startTwoNodes, type TwoNodes } from '../support/two-nodes.ts';
import { openSession } from '../support/wallet-client.ts';

/** As many as the account allows tries: more would be stopped before any code is looked at. */
const signIns = 5;

let nodes: TwoNodes;
before(async () => {
  nodes = await startTwoNodes();
});
after(() => nodes?.stop());

/** A sign-in of its own that stands on the page that asks for the code. */
async function reachCodePage(individualId: string): Promise<{ messenger: Messenger; page: Exchange }> {
  const messenger = nodes.browser();
  const { request } = await openSession(`${nodes.base.origin}/issuers/civil-registry`, 'national_identity');
  const address = await authorizationAddress(messenger, request);
  return { messenger, page: await reachEvidence(messenger, address, individualId, 'otp') };
}

async function readCode(): Promise<string> {
  const { responseBody } = await new Messenger().send('mailbox', new URL('/authorization/mailbox', nodes.base));
  const code = /\b(\d{6})\b/.exec(responseBody.replace(/<(style|script|head)[\s\S]*?<\/\1>/g, '').replace(/\b\d{7,}\b/g, ''))?.[1];
  assert.ok(code, 'the mailbox shows a code');
  return code;
}

test(`quality T2 (SU10): ${signIns} sign-ins on two nodes answer with one and the same one-time code, ${rounds} rounds, one is let in`, {
  timeout: 600_000,
}, async () => {
  // Somebody else in each round: the tries that came too late count for the account.
  const people = (await readRows()).filter(({ email }) => email !== '');
  for (let round = 0; round < rounds; round += 1) {
    const visits: Awaited<ReturnType<typeof reachCodePage>>[] = [];
    for (let index = 0; index < signIns; index += 1) visits.push(await reachCodePage(people[round]?.individual_id ?? ''));
    const otp = await readCode();
    const pages = await Promise.all(
      visits.map(async ({ messenger, page }) => follow(messenger, await answerForm(messenger, page, { otp }))),
    );
    assert.ok(pages.every(({ status }) => status < 500));
    const letIn = pages.filter(({ responseBody }) => readForms(responseBody).some(({ actions }) => actions.has('allow')));
    assert.equal(letIn.length, 1, `round ${round}: ${letIn.length} let in`);
  }
});

test(`quality T2, R57, features A28: ${racers} racers on two nodes bring one answer back to the wallet, ${rounds} rounds, one login is finished`, {
  timeout: 1_800_000,
}, async () => {
  const person = await personOf('ordinary', 'knowledge', nodes.base);
  for (let round = 0; round < rounds; round += 1) {
    const messenger = nodes.browser();
    const landing = await messenger.send('landing', nodes.base);
    const form = readForms(landing.responseBody).find(({ fields }) => fields.configuration === 'NationalIdentity');
    assert.ok(form, 'the landing page offers the document');
    const target = new URL(form.action, landing.url);
    const started = await messenger.send('start', target, { form: form.fields, headers: { origin: target.origin } });
    const callback = new URL('/wallet/callback', nodes.base).href;
    const back = await signIn(messenger, locationOf(started), callback, person);
    const answers = await Promise.all(Array.from({ length: racers }, () => messenger.send('callback', back)));
    const finished = answers.filter((answer) => answer.status === 303 && locationOf(answer).hash.startsWith('#/issuing/'));
    assert.equal(finished.length, 1, `round ${round}: ${finished.length} finished`);
    assert.ok(answers.every(({ status }) => status < 500));
  }
});
