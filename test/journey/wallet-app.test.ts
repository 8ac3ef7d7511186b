import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { after, before, type TestContext, test } from 'node:test';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { violationsOf } from '../support/axe.ts';
import { launchBrowser } from '../support/browser.ts';
import { freePorts } from '../support/instance.ts';
import { layoutFaultsOf } from '../support/layout.ts';
import { startWalletWorld, type WalletWorld } from '../support/wallet-world.ts';

let browser: Browser | undefined;
before(async () => {
  const launched = await launchBrowser();
  if (!('missing' in launched)) browser = launched;
});
after(() => browser?.close());

interface Visit {
  readonly world: WalletWorld;
  readonly context: BrowserContext;
  readonly page: Page;
  readonly origin: string;
  /** Console errors, uncaught faults and requests to other origins than the two of the test. */
  readonly faults: string[];
}

/** A wallet and an office on loopback, and a browser with nothing in it. `undefined` where there is no browser. */
async function visit(t: TestContext, options: Parameters<Browser['newContext']>[0] = {}): Promise<Visit | undefined> {
  if (!browser) {
    t.skip('no Chromium');
    return undefined;
  }
  const [port = 0] = await freePorts(1);
  const origin = `http://localhost:${port}`;
  // The browser judges times by its own clock, so the world's clock starts at the present.
  const world = await startWalletWorld(t, { publicUrl: new URL(origin), start: new Date(), mode: 'demo' });
  await world.server.listen({ host: 'localhost', port });
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, locale: 'en-GB', ...options });
  t.after(() => context.close());
  const page = await context.newPage();
  const faults: string[] = [];
  page.on('console', (message) => message.type() === 'error' && faults.push(message.text()));
  page.on('pageerror', (fault) => faults.push(fault.message));
  page.on('request', (request) => {
    const { origin: asked } = new URL(request.url());
    if (![origin, world.office.origin, 'null'].includes(asked)) faults.push(`asked ${request.url()}`);
  });
  return { world, context, page, origin, faults };
}

async function pick({ page, origin }: Visit): Promise<void> {
  await page.goto(origin);
  await page.getByRole('button', { name: 'Library card' }).click();
}

async function keep(here: Visit): Promise<void> {
  await pick(here);
  await here.page.getByRole('button', { name: 'Add to my wallet' }).click();
  await here.page.getByRole('heading', { level: 1, name: 'Library card' }).waitFor();
}

const credentialRequests = ({ world }: Visit) => {
  const proofs = world.office.seen.filter(({ path }) => path === '/office/credential').map(({ body }) => body);
  return new Set(proofs).size;
};

test('features A24, E20, E21: from one click to a card: named steps, whose document from whom, then masked until shown', async (t) => {
  const here = await visit(t);
  if (!here) return;
  here.world.office.wrong.delayMilliseconds = 700;
  await pick(here);
  const { page } = here;
  await page.getByRole('heading', { level: 1, name: 'Your library card is being sealed' }).waitFor();
  assert.match((await page.getByRole('status').textContent()) ?? '', /^Step \d of 5: /);
  await page.getByRole('heading', { name: 'Add this library card to your wallet?' }).waitFor();
  assert.equal(await page.evaluate('document.activeElement.tagName'), 'H1', 'the new screen is announced');
  const deed = (await page.locator('.deed').textContent()) ?? '';
  assert.match(deed, /City Library/);
  assert.match(deed, /On this device, in Chrome/);
  assert.doesNotMatch(deed, /Amina|Kareem/);
  await page.getByRole('button', { name: 'Add to my wallet' }).click();
  await page.locator('.document').waitFor();
  const facts = page.locator('.facts');
  assert.doesNotMatch((await facts.textContent()) ?? '', /27 March/);
  await page.getByRole('button', { name: 'Show all details' }).click();
  assert.match((await facts.textContent()) ?? '', /27 March 1988/);
  assert.deepEqual(here.faults, []);
});

test('features E20, quality Q6: reloading and pressing twice make one document from one proof', async (t) => {
  const here = await visit(t);
  if (!here) return;
  here.world.office.wrong.delayMilliseconds = 1500;
  await pick(here);
  const { page } = here;
  await page.getByText('City Library is sealing your library card').first().waitFor();
  await page.waitForTimeout(500);
  await page.reload();
  await page.getByRole('button', { name: 'Add to my wallet' }).waitFor();
  await page.reload();
  await page.getByRole('button', { name: 'Add to my wallet' }).dblclick();
  await page.locator('.document').waitFor();
  assert.equal(credentialRequests(here), 1, 'the same proof each time');
  await page.goto(`${here.origin}/wallet/`);
  await page.locator('.leaf').first().waitFor();
  assert.equal(await page.locator('.leaf').count(), 1);
});

test('standards WL-5: a nonce that was not taken is replaced once, unnoticed', async (t) => {
  const here = await visit(t);
  if (!here) return;
  here.world.office.wrong.nonceErrors = 1;
  await keep(here);
  assert.equal(credentialRequests(here), 2);
});

test('standards V-38, features B28: an office that is not ready yet is said in words, and the document can be had another day', async (t) => {
  const here = await visit(t);
  if (!here) return;
  here.world.office.wrong.deferred = true;
  await pick(here);
  await here.page.getByRole('heading', { level: 1, name: 'Your document is not ready yet' }).waitFor();
  assert.match((await here.page.locator('.lede').textContent()) ?? '', /Nothing is lost/);
  here.world.office.wrong.deferred = false;
  await keep(here);
});

test('features E12: a document with a broken seal is refused in words and leaves nothing behind', async (t) => {
  const here = await visit(t);
  if (!here) return;
  here.world.office.wrong.tamper = (credential) =>
    `${credential.slice(0, 200)}${credential[200] === 'A' ? 'B' : 'A'}${credential.slice(201)}`;
  await pick(here);
  await here.page.getByRole('heading', { name: 'The seal is not good' }).waitFor();
  await here.page.goto(`${here.origin}/wallet/`);
  await here.page.getByRole('heading', { name: 'No documents yet' }).waitFor();
});

test('features E21, quality H9: "this is not me" and "do not keep it" leave nothing and cost nothing', async (t) => {
  const here = await visit(t);
  if (!here) return;
  for (const [choice, heading] of [
    ['This is not me', 'The document was not kept'],
    ['Do not keep it', 'You did not keep the document'],
  ]) {
    await pick(here);
    await here.page.getByRole('button', { name: String(choice) }).click();
    await here.page.getByRole('heading', { name: String(heading) }).waitFor();
  }
  await here.page.goto(`${here.origin}/wallet/`);
  await here.page.getByRole('heading', { name: 'No documents yet' }).waitFor();
});

test('features E21: what was refused cannot be kept after all, by "back" or from another tab', async (t) => {
  const here = await visit(t);
  if (!here) return;
  const { page, context } = here;
  const forgotten = /This step was finished before/;
  await pick(here);
  await page.locator('.deed').waitFor();
  const second = await context.newPage();
  await second.goto(page.url());
  await second.locator('.deed').waitFor();
  await page.getByRole('button', { name: 'This is not me' }).click();
  await page.getByRole('link', { name: 'Open my wallet' }).click();
  await page.getByRole('heading', { name: 'No documents yet' }).waitFor();
  await page.goBack();
  await page.getByRole('heading', { name: forgotten }).waitFor();
  assert.equal(await page.locator('.deed').count(), 0);
  await second.getByRole('button', { name: 'Add to my wallet' }).click();
  await second.getByRole('heading', { name: forgotten }).waitFor();
  await second.goto(`${here.origin}/wallet/`);
  await second.getByRole('heading', { name: 'No documents yet' }).waitFor();
});

test('features E10, quality R73: what the browser keeps is encrypted and its keys cannot be exported', async (t) => {
  const here = await visit(t);
  if (!here) return;
  await keep(here);
  const dump = await here.page.evaluate(async () => {
    const open = indexedDB.open('chancery-wallet');
    await new Promise((resolve) => (open.onsuccess = resolve));
    const all = async (name: string): Promise<unknown[]> => {
      const request = open.result.transaction(name).objectStore(name).getAll();
      await new Promise((resolve) => (request.onsuccess = resolve));
      return request.result;
    };
    const keys = (await all('keys')) as (CryptoKey | CryptoKeyPair)[];
    const documents = (await all('documents')) as { sealed: ArrayBuffer }[];
    return {
      extractable: keys.map((key) => ('privateKey' in key ? key.privateKey : key).extractable),
      text: documents.map(({ sealed }) => new TextDecoder().decode(sealed)).join(''),
      plain: [JSON.stringify(localStorage), JSON.stringify(sessionStorage)],
    };
  });
  assert.deepEqual(dump.extractable, [false, false]);
  assert.doesNotMatch(dump.text, /Amina|full_name|eyJ/);
  assert.deepEqual(dump.plain, ['{}', '{}']);
});

test('features E30, E11: a kept document is read without a network, in another language too, and can be deleted', async (t) => {
  const here = await visit(t);
  if (!here) return;
  await keep(here);
  const { page, context, origin } = here;
  await page.evaluate('navigator.serviceWorker.ready');
  await page.waitForFunction('navigator.serviceWorker.controller !== null');
  await context.setOffline(true);
  await page.goto(`${origin}/wallet/`);
  await page.getByRole('link', { name: 'Library card' }).click();
  await page.locator('.bearer').getByText('Amina Kareem').waitFor();
  await page.locator('.language summary').click();
  await page.getByRole('link', { name: 'العربية' }).click();
  await page.getByRole('heading', { level: 1, name: 'بطاقة المكتبة' }).waitFor();
  assert.equal(await page.evaluate('document.dir'), 'rtl');
  await page.getByRole('button', { name: 'احذف هذه الوثيقة' }).click();
  await page.getByRole('button', { name: 'احذفها' }).click();
  await page.getByRole('heading', { name: 'لا توجد وثائق بعد' }).waitFor();
  assert.match((await page.getByRole('status').textContent()) ?? '', /حُذفت من هذا الجهاز/);
});

test('features A02, quality AX2: a document is picked, kept and shown with the keyboard alone', async (t) => {
  const here = await visit(t);
  if (!here) return;
  const { page } = here;
  const press = async (name: RegExp) => {
    for (let turn = 0; turn < 40; turn += 1) {
      await page.keyboard.press('Tab');
      if (name.test(String(await page.evaluate('document.activeElement.textContent')))) return page.keyboard.press('Enter');
    }
    throw new Error(`${name} is not reached`);
  };
  await page.goto(here.origin);
  await press(/^Library card$/);
  await page.getByRole('button', { name: 'Add to my wallet' }).waitFor();
  await press(/^Add to my wallet$/);
  await page.locator('.document').waitFor();
  await press(/^Show all details$/);
  await page.getByRole('button', { name: 'Hide details' }).waitFor();
});

test('quality AX3: no word of the named steps is broken on a narrow screen, in any language', async (t) => {
  for (const locale of ['en-GB', 'ar-EG', 'ta-IN'])
    for (const width of [320, 360]) {
      const here = await visit(t, { locale, viewport: { width, height: 800 } });
      if (!here) return;
      await here.page.goto(here.origin);
      await here.page.locator('.leaf button').first().click();
      await here.page.locator('.deed').waitFor();
      await here.page.evaluate('document.fonts.ready.then(() => undefined)');
      assert.ok(Number(await here.page.locator('.steps li').count()) === 4);
      assert.deepEqual(await layoutFaultsOf(here.page), [], `${locale} ${width}`);
      if (process.env.CHANCERY_SCREENSHOTS)
        await here.page.screenshot({
          path: `${process.env.CHANCERY_SCREENSHOTS}/steps-${locale}-${width}.png`,
          clip: { x: 0, y: 0, width, height: 560 },
        });
    }
});

test('features E16, quality AX1, AX3: every screen in light and dark, 360 and 1280 px, English and Arabic: no violation, no sideways scroll', async (t) => {
  // Screenshots are taken for whoever wants to look at them.
  const folder = process.env.CHANCERY_SCREENSHOTS;
  if (folder) await mkdir(folder, { recursive: true });
  for (const language of ['en', 'ar'] as const) {
    for (const colorScheme of ['light', 'dark'] as const) {
      for (const width of [360, 1280]) {
        const here = await visit(t, { viewport: { width, height: 800 }, colorScheme, locale: language === 'ar' ? 'ar-EG' : 'en-GB' });
        if (!here) return;
        const { page, origin, world } = here;
        const look = async (name: string) => {
          const where = `${name}-${language}-${width}-${colorScheme}`;
          if (folder) await page.screenshot({ path: `${folder}/${where}.png`, fullPage: true });
          assert.deepEqual(await violationsOf(page), [], where);
          assert.ok(Number(await page.evaluate('document.documentElement.scrollWidth')) <= width, `${where} scrolls sideways`);
        };
        await page.goto(`${origin}/wallet/`);
        await page.locator('.empty').waitFor();
        await look('empty');
        await page.goto(origin);
        await look('landing');
        await page.goto(`${origin}/?q=zzz`);
        await look('nothing-found');
        await page.goto(`${origin}/help`);
        await look('help');
        await page.goto(`${origin}/offer?credential_offer=x`);
        await look('fault');
        const offer = JSON.stringify({ credential_issuer: world.office.issuer, credential_configuration_ids: ['LibraryCard'] });
        await page.goto(`${origin}/offer?credential_offer=${encodeURIComponent(offer)}`);
        await look('invitation');
        world.office.wrong.denies = true;
        await page.locator('form button').first().click();
        await page.locator('h1').waitFor();
        await look('stopped');
        world.office.wrong.denies = false;
        world.office.wrong.delayMilliseconds = 2500;
        await page.locator('main form button').first().click();
        await page.locator('.progress').waitFor();
        await look('issuing');
        await page.locator('.deed').waitFor();
        await look('accept');
        await page.locator('.choices button').first().click();
        await page.locator('.document').waitFor();
        await look('document');
        await page.locator('.button--danger').click();
        await look('delete');
        await page.goto(`${origin}/wallet/`);
        await page.locator('.leaf').waitFor();
        await look('list');
        await page.goto(`${origin}/wallet/#/documents/none`);
        await page.locator('.choices').waitFor();
        await look('missing');
        assert.deepEqual(
          here.faults.filter((fault) => !/status of 400/.test(fault)),
          [],
        );
      }
    }
  }
});
