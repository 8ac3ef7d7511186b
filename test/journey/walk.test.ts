import assert from 'node:assert/strict';
import { after, before, type TestContext, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { violationsOf } from '../support/axe.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import {
  allowAndKeep,
  chooseDocument,
  identify,
  newPage,
  openBrowser,
  proveByCode,
  proveByKnowledge,
  proveByPassword,
} from '../support/journey.ts';
import { openPartsOf } from '../support/layout.ts';
import { type Persona, readPersonas } from '../support/people.ts';
import { startThreeServices } from '../support/three-services.ts';

let browser: Browser | undefined;
let missing: string | undefined;
let instance: Instance;
let personas: ReadonlyMap<string, Persona>;

before(async () => {
  const launched = await openBrowser();
  if ('missing' in launched) missing = launched.missing;
  else browser = launched.browser;
  personas = new Map((await readPersonas()).map((persona) => [persona.id, persona]));
  instance = await startInstance({ environment: { CHANCERY_LOG_LEVEL: 'debug' } });
});
after(async () => {
  await browser?.close();
  await instance?.stop();
});

const persona = (id: string): Persona => personas.get(id) as Persona;

/** A page of a person of their own; the test is skipped with the reason where there is no browser. */
async function visit(
  t: TestContext,
  options: Parameters<Browser['newContext']>[0] = {},
  origins: readonly string[] = [instance.url.origin],
) {
  if (!browser) {
    t.skip(missing ?? 'no browser');
    return undefined;
  }
  const visited = await newPage(browser, origins, options);
  t.after(() => visited.context.close());
  return visited;
}

/** The routes the services answered, in the order they did, from their log. */
function routesSince(output: string, mark: number): string[] {
  return output
    .slice(mark)
    .split('\n')
    .filter((line) => line.includes('"event":"request"'))
    .map((line) => (JSON.parse(line) as { route: string }).route);
}

function assertOrder(routes: readonly string[], expected: readonly string[]): void {
  let position = 0;
  for (const route of expected) {
    const found = routes.indexOf(route, position);
    assert.ok(found >= 0, `${route} is missing after position ${position} of ${routes.join(' ')}`);
    position = found + 1;
  }
}

test('features A01, A02, A03, A05, A13, A20, A23, quality R57, R64: from the landing page to a card in the wallet, every call of the workflow in order', async (t) => {
  const visited = await visit(t);
  if (!visited) return;
  const { context, page, watch } = visited;
  const mark = instance.output().length;
  await chooseDocument(page, instance.url, 'NationalIdentity');
  await proveByCode(context, page, persona('ordinary'), new URL('/authorization/mailbox', instance.url));
  await allowAndKeep(page);
  assert.match(await page.locator('.document').innerText(), /Amina Kareem/);
  assertOrder(routesSince(instance.output(), mark), [
    '/',
    '/.well-known/oauth-authorization-server/authorization',
    '/authorization/par',
    '/wallet/start',
    '/authorization/authorize',
    '/authorization/interaction/:uid',
    '/authorization/authorize/:uid',
    '/authorization/token',
    '/wallet/callback',
    '/issuers/civil-registry/nonce',
    '/issuers/civil-registry/credential',
  ]);
  assert.deepEqual(watch.faults, [], 'quality R64, features E31: no foreign request, no fault');
  // Quality R57: what protects the code is in no address; state and nonce are independent of it.
  const callback = new URL(watch.addresses.find((address) => address.includes('/wallet/callback?')) ?? '');
  assert.ok(callback.searchParams.get('code') && callback.searchParams.get('state') && callback.searchParams.get('iss'));
  assert.ok(!watch.addresses.some((address) => address.includes('code_verifier')), 'the verifier is in no address');
  const log = instance.output();
  for (const secret of [callback.searchParams.get('code') ?? '', callback.searchParams.get('state') ?? ''])
    assert.ok(!log.includes(secret), 'code and state are in no log');
});

test('features A08, D17, quality LG4: a right-to-left person, in Arabic, on a narrow screen', async (t) => {
  const visited = await visit(t, { locale: 'ar', viewport: { width: 360, height: 740 } });
  if (!visited) return;
  const { page, watch } = visited;
  await chooseDocument(page, instance.url, 'DrivingLicence');
  assert.equal(await page.getAttribute('html', 'dir'), 'rtl');
  await proveByKnowledge(page, persona('right-to-left'));
  assert.match(await page.locator('.whose').innerText(), /١٩٩٤/, 'digits follow the language');
  assert.equal(await page.locator('.details .mask bdi[dir=ltr]').count(), 1, 'a number to be compared runs from left to right');
  await allowAndKeep(page);
  assert.equal(await page.getAttribute('html', 'dir'), 'rtl');
  // A number keeps its end at its end; a date runs as the page does.
  const parts = await openPartsOf(page);
  assert.deepEqual(
    parts.map(({ onTheRight }) => onTheRight),
    parts.map(({ open }) => /^[0-9]{3}$/.test(open)),
  );
  assert.equal(parts.filter(({ onTheRight }) => onTheRight).length, 1);
  await page.locator('.document button').first().click();
  const directions = await page.evaluate(
    "[...document.querySelectorAll('.facts dd > bdi')].map((value) => [value.textContent, getComputedStyle(value).direction])",
  );
  const latin = (directions as [string, string][]).filter(([text]) => /[a-z]{3}/.test(text));
  assert.ok(latin.length > 1);
  for (const [text, direction] of latin) assert.equal(direction, 'ltr', text);
  assert.match(await page.locator('.document').innerText(), /ليلى الهاشمي/);
  assert.deepEqual(watch.faults, []);
});

test('features E30, E11: a kept card is read offline after the first visit, and can be deleted', async (t) => {
  const visited = await visit(t);
  if (!visited) return;
  const { context, page } = visited;
  await chooseDocument(page, instance.url, 'ResidenceCertificate');
  await proveByPassword(page, persona('one-letter'));
  await allowAndKeep(page);
  await page.evaluate('navigator.serviceWorker.ready.then(() => undefined)');
  await page.reload();
  await page.waitForSelector('.document');
  await context.setOffline(true);
  await page.reload();
  await page.waitForSelector('.document');
  const text = await page.locator('.document').innerText();
  for (const label of [/Residence certificate/i, /Date of birth/i, /Town/i, /Resident since/i]) assert.match(text, label);
  await context.setOffline(false);
  await page.click('main button:has-text("Delete this document")');
  await page.click('main button:has-text("Delete it")');
  await page.waitForSelector('.document', { state: 'detached' });
  await page.reload();
  await page.waitForSelector('main h1');
  assert.equal(await page.locator('.document').count(), 0, 'gone for good');
});

test('features A14, quality EP5, R63: cancelling and declining end on a neutral page of the wallet', async (t) => {
  for (const stage of ['cancel', 'deny'] as const) {
    const visited = await visit(t);
    if (!visited) return;
    const { page, watch } = visited;
    await chooseDocument(page, instance.url, 'NationalIdentity');
    if (stage === 'deny') await proveByPassword(page, persona('ordinary'));
    await page.click(`button[value=${stage}]`);
    await page.waitForLoadState();
    const answer = watch.addresses.findLast((address) => address.includes('/wallet/callback')) ?? '';
    assert.match(answer, /error=access_denied/);
    assert.match(answer, /state=.*iss=|iss=.*state=/);
    const text = await page.locator('main').innerText();
    assert.match(text, /stopped/i);
    assert.deepEqual(await violationsOf(page), []);
  }
});

test('features A09, quality R49, EP3: wrong evidence is refused, the tries end for the account and not for the sign-in', async (t) => {
  const visited = await visit(t);
  if (!visited) return;
  const { page } = visited;
  const { individualId } = persona('cyrillic');
  await chooseDocument(page, instance.url, 'NationalIdentity');
  await identify(page, individualId, 'password');
  for (let tries = 0; tries < 3; tries += 1) {
    await page.fill('#password', 'wrong');
    await page.click('button[value=continue]');
    assert.match(await page.locator('[role=alert]').innerText(), /does not match/);
    assert.deepEqual(await violationsOf(page), []);
  }
  // A new sign-in does not begin to count anew.
  await chooseDocument(page, instance.url, 'DrivingLicence');
  await identify(page, individualId, 'password');
  for (let tries = 0; tries < 2; tries += 1) {
    await page.fill('#password', 'wrong');
    await page.click('button[value=continue]');
  }
  await page.fill('#password', persona('cyrillic').password ?? '');
  await page.click('button[value=continue]');
  assert.match(await page.locator('h1').innerText(), /paused/, 'the right password is refused too');
  assert.match(await page.locator('.until').innerText(), /^in (30|29) minutes$/);
  assert.deepEqual(await violationsOf(page), []);
  // No dead end: another number can be used, and the sign-in can be left.
  await page.click('button[value=restart]');
  await page.waitForSelector('#individual_id');
  await page.click('button[value=cancel]');
  assert.match(await page.locator('h1').innerText(), /You stopped/);
});

test('quality Q31, EP11: unknown, locked and deceased people get the words of wrong evidence', async (t) => {
  const visited = await visit(t);
  if (!visited) return;
  const { page } = visited;
  const words = new Set<string>();
  for (const id of ['missing', 'locked', 'deceased', 'devanagari']) {
    await chooseDocument(page, instance.url, 'NationalIdentity');
    await identify(page, persona(id).individualId, 'password');
    await page.fill('#password', 'wrong');
    await page.click('button[value=continue]');
    words.add((await page.locator('[role=alert]').innerText()).trim());
  }
  assert.equal(words.size, 1, [...words].join('\n---\n'));
});

test('quality EP8: a sign-in that has ended says so and offers a way on', async (t) => {
  const visited = await visit(t);
  if (!visited) return;
  const { page } = visited;
  await page.goto(new URL('/authorization/interaction/nothing', instance.url).href);
  assert.match(await page.locator('h1').innerText(), /away for a while/);
  assert.deepEqual(await violationsOf(page), []);
  await page.click('main a.button');
  await page.waitForSelector('#catalogue');
});

test('features A29, A26, A07, quality R50: the three services in three processes, on three origins, with three databases', async (t) => {
  if (!browser) return t.skip(missing ?? 'no browser');
  const services = await startThreeServices({ CHANCERY_LOG_LEVEL: 'debug' });
  t.after(() => services.stop());
  const origins = [services.wallet, services.authorization, services.issuer].map(({ url }) => url.origin);
  const visited = await visit(t, {}, origins);
  if (!visited) return;
  const { page, watch } = visited;
  const sent: { readonly origin: string; readonly text: string }[] = [];
  page.on('request', (request) =>
    sent.push({ origin: new URL(request.url()).origin, text: `${request.url()} ${request.postData() ?? ''}` }),
  );
  await chooseDocument(page, services.wallet.url, 'NationalIdentity');
  assert.equal(new URL(page.url()).origin, services.authorization.url.origin);
  await proveByPassword(page, persona('ordinary'));
  await allowAndKeep(page);
  assert.equal(new URL(page.url()).origin, services.wallet.url.origin);
  assert.match(await page.locator('.document').innerText(), /Amina Kareem/);
  assert.deepEqual(watch.faults, []);
  // What was typed at the authentication page went there and nowhere else: to no other origin, in no address, in no log.
  const { individualId, password = '' } = persona('ordinary');
  for (const canary of [individualId, password]) {
    assert.deepEqual(
      [...new Set(sent.filter(({ text }) => text.includes(canary)).map(({ origin }) => origin))],
      [services.authorization.url.origin],
    );
    assert.ok(!watch.addresses.some((address) => address.includes(canary)));
  }
  for (const service of [services.wallet, services.issuer, services.authorization])
    for (const canary of [individualId, password]) assert.ok(!service.output().includes(canary));
});
