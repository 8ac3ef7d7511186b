import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type Exchange, Messenger } from '../../examples/walk/exchange.ts';
import { postWithDpop } from '../../examples/walk/holder.ts';
import { readForms, signIn } from '../../examples/walk/person.ts';
import { freePorts, type Instance, startInstance } from '../support/instance.ts';
import { personOf, readRows } from '../support/people.ts';
import { openSession } from '../support/wallet-client.ts';

const rounds = 20;
const racers = process.env.CHANCERY_LONG ? 1000 : 100;
/** As many as the account allows tries: more would be stopped before any code is looked at. */
const signIns = 5;

let folder: string;
let nodes: readonly Instance[];

// Two nodes of one deployment: one data folder with its database and keys, one public address.
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chancery-race-'));
  const [port = 0, other = 0] = await freePorts(2);
  const environment = { CHANCERY_PUBLIC_URL: `http://localhost:${port}`, CHANCERY_LOG_LEVEL: 'error' };
  nodes = [
    await startInstance({ port, dataFolder: folder, environment }),
    await startInstance({ port: other, dataFolder: folder, environment }),
  ];
});
after(async () => {
  for (const node of [...(nodes ?? [])].reverse()) await node.stop();
  await rm(folder, { recursive: true, force: true });
});

/** A browser whose requests reach the nodes in turn, as behind a load balancer. */
function browser(): Messenger {
  let turn = 0;
  return new Messenger(undefined, (url) => {
    turn += 1;
    return new URL(url.pathname + url.search, nodes[turn % nodes.length]?.url);
  });
}

const base = () => nodes[0]?.url as URL;
const locationOf = (exchange: Exchange) => new URL(exchange.responseHeaders.get('location') ?? '', exchange.url);

async function follow(messenger: Messenger, exchange: Exchange): Promise<Exchange> {
  let last = exchange;
  while (last.status === 302 || last.status === 303) last = await messenger.send('follow', locationOf(last));
  return last;
}

function send(messenger: Messenger, { responseBody, url }: Exchange, answers: Readonly<Record<string, string>>): Promise<Exchange> {
  const form = readForms(responseBody).find(({ actions }) => actions.has('continue'));
  assert.ok(form, 'a form to go on with');
  const target = new URL(form.action || url.href, url);
  return messenger.send('answer', target, { form: { ...form.fields, ...answers, action: 'continue' }, headers: { origin: target.origin } });
}

/** A sign-in of its own that stands on the page that asks for the code. */
async function reachCodePage(individualId: string): Promise<{ messenger: Messenger; page: Exchange }> {
  const messenger = browser();
  const session = await openSession(`${base().origin}/issuers/civil-registry`, 'national_identity');
  const { server, client, scope = '' } = session.request;
  const form = {
    response_type: 'code',
    client_id: client.clientId,
    redirect_uri: client.redirectUri,
    scope,
    state: 's',
    code_challenge: 'A'.repeat(43),
    code_challenge_method: 'S256',
  };
  const answer = await postWithDpop(messenger, {
    step: 'par',
    url: server.pushedAuthorizationRequestEndpoint,
    key: client.dpopKey,
    form,
  });
  const { request_uri } = JSON.parse(answer.responseBody) as { request_uri: string };
  const address = new URL(server.authorizationEndpoint);
  address.search = new URLSearchParams({ client_id: client.clientId, request_uri }).toString();
  const identify = await follow(messenger, await messenger.send('authorize', address));
  const asked = await send(messenger, identify, { individual_id: individualId, factor: 'otp' });
  return { messenger, page: await follow(messenger, asked) };
}

async function readCode(): Promise<string> {
  const { responseBody } = await new Messenger().send('mailbox', new URL('/authorization/mailbox', base()));
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
    const pages = await Promise.all(visits.map(async ({ messenger, page }) => follow(messenger, await send(messenger, page, { otp }))));
    assert.ok(pages.every(({ status }) => status < 500));
    const letIn = pages.filter(({ responseBody }) => readForms(responseBody).some(({ actions }) => actions.has('allow')));
    assert.equal(letIn.length, 1, `round ${round}: ${letIn.length} let in`);
  }
});

test(`quality T2, R57: ${racers} racers on two nodes bring one answer back to the wallet, ${rounds} rounds, one login is finished`, {
  timeout: 1_800_000,
}, async () => {
  const person = await personOf('ordinary', 'knowledge', base());
  for (let round = 0; round < rounds; round += 1) {
    const messenger = browser();
    const landing = await messenger.send('landing', base());
    const form = readForms(landing.responseBody).find(({ fields }) => fields.configuration === 'NationalIdentity');
    assert.ok(form, 'the landing page offers the document');
    const target = new URL(form.action, landing.url);
    const started = await messenger.send('start', target, { form: form.fields, headers: { origin: target.origin } });
    const callback = new URL('/wallet/callback', base()).href;
    const back = await signIn(messenger, locationOf(started), callback, person);
    const answers = await Promise.all(Array.from({ length: racers }, () => messenger.send('callback', back)));
    const finished = answers.filter((answer) => answer.status === 303 && locationOf(answer).hash.startsWith('#/issuing/'));
    assert.equal(finished.length, 1, `round ${round}: ${finished.length} finished`);
    assert.ok(answers.every(({ status }) => status < 500));
  }
});
