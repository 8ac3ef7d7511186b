import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { violationsOf } from '../support/axe.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { chooseDocument, identify, newPage, openBrowser } from '../support/journey.ts';
import { layoutFaultsOf } from '../support/layout.ts';
import { type Persona, readPersonas } from '../support/people.ts';

let browser: Browser | undefined;
let missing: string | undefined;
let instance: Instance;
let ordinary: Persona;

before(async () => {
  const launched = await openBrowser();
  if ('missing' in launched) missing = launched.missing;
  else browser = launched.browser;
  ordinary = (await readPersonas()).find(({ id }) => id === 'ordinary') as Persona;
  instance = await startInstance();
});
after(async () => {
  await browser?.close();
  await instance?.stop();
});

async function judge(page: Page, name: string, faults: string[]): Promise<void> {
  for (const fault of [...(await violationsOf(page)), ...(await layoutFaultsOf(page))]) faults.push(`${name}: ${fault}`);
}

function offerPath(): string {
  const issuer = new URL('/issuers/civil-registry', instance.url).href;
  const offer = { credential_issuer: issuer, credential_configuration_ids: ['DrivingLicence', 'NationalIdentity'] };
  return `/offer?credential_offer=${encodeURIComponent(JSON.stringify(offer))}`;
}

/** Every page a person meets on the walk and beside it. */
async function visitEveryPage(page: Page, judgeAs: (name: string) => Promise<void>): Promise<void> {
  await page.goto(instance.url.href);
  await judgeAs('landing');
  await page.goto(new URL('/?q=zzzz', instance.url).href);
  await judgeAs('nothing found');
  await page.goto(new URL('/wallet/', instance.url).href);
  await page.waitForSelector('main h1');
  await judgeAs('empty wallet');
  for (const path of ['/nothing-here', '/authorization/nothing-here', '/help', offerPath()]) {
    await page.goto(new URL(path, instance.url).href);
    await page.waitForSelector('main h1');
    await judgeAs(path.split('?')[0] ?? path);
  }
  await chooseDocument(page, instance.url, 'NationalIdentity');
  await judgeAs('sign-in');
  await page.click('.language summary');
  await judgeAs('languages of the sign-in');
  await page.click('button[value=continue]');
  await judgeAs('sign-in with a fault');
  await identify(page, ordinary.individualId, 'otp');
  await judgeAs('one-time code');
  await page.click('button[value=restart]');
  await identify(page, ordinary.individualId, 'knowledge');
  await page.click('button[value=continue]');
  await judgeAs('knowledge with a fault');
  await page.fill('#name', ordinary.name);
  await page.fill('#birthdate', ordinary.birthdate);
  await page.click('button[value=continue]');
  await judgeAs('consent');
  await page.click('button[value=allow]');
  await page.waitForURL(/#\/issuing\//);
  await page.locator('main .choices button').first().waitFor({ timeout: 20_000 });
  await judgeAs('whose document');
  await page.locator('main .choices button').first().click();
  await page.waitForSelector('.document');
  await judgeAs('card');
  await page.goto(new URL('/wallet/', instance.url).href);
  await page.waitForSelector('main h1');
  await judgeAs('my documents');
  await page.goto(new URL('/authorization/mailbox', instance.url).href);
  await judgeAs('mailbox');
  await page.goto(new URL('/authorization/authorize?client_id=nobody', instance.url).href);
  await judgeAs('unknown client');
}

for (const locale of ['en', 'ar', 'ta'])
  for (const width of [360, 1280])
    for (const colorScheme of ['light', 'dark'] as const)
      test(`features E16, quality T31: every page in ${locale}, ${width} px, ${colorScheme}: no violation, nothing sideways`, {
        timeout: 120_000,
      }, async (t) => {
        if (!browser) return t.skip(missing ?? 'no browser');
        const { context, page, watch } = await newPage(browser, [instance.url.origin], {
          locale,
          colorScheme,
          viewport: { width, height: 800 },
        });
        t.after(() => context.close());
        const faults: string[] = [];
        await visitEveryPage(page, (name) => judge(page, name, faults));
        assert.deepEqual([...faults, ...watch.faults], []);
      });

test('quality AX3: 320 px wide, in every language, nothing scrolls sideways', async (t) => {
  if (!browser) return t.skip(missing ?? 'no browser');
  const faults: string[] = [];
  for (const locale of ['en', 'ar', 'ta']) {
    const { context, page } = await newPage(browser, [instance.url.origin], { locale, viewport: { width: 320, height: 700 } });
    await visitEveryPage(page, async (name) => {
      for (const fault of await layoutFaultsOf(page)) faults.push(`${locale} ${name}: ${fault}`);
    });
    await context.close();
  }
  assert.deepEqual(faults, []);
});

test('features C52, quality Q38: sign-in and consent work without JavaScript, in at most 60 kB', async (t) => {
  if (!browser) return t.skip(missing ?? 'no browser');
  const { context, page } = await newPage(browser, [instance.url.origin], { javaScriptEnabled: false });
  t.after(() => context.close());
  let bytes = 0;
  page.on('response', async (response) => {
    if (response.url().includes('/authorization/')) bytes += (await response.body().catch(() => Buffer.alloc(0))).byteLength;
  });
  await chooseDocument(page, instance.url, 'DrivingLicence');
  await page.waitForLoadState('networkidle');
  assert.ok(bytes > 0 && bytes < 4 * 60_000, `${bytes} bytes before compression`);
  await identify(page, ordinary.individualId, 'knowledge');
  await page.fill('#name', ordinary.name);
  await page.fill('#birthdate', ordinary.birthdate);
  await page.click('button[value=continue]');
  await page.click('button[value=allow]');
  assert.match(page.url(), /\/wallet\//);
});
