import type { Browser, BrowserContext, Page } from 'playwright-core';
import { launchBrowser } from './browser.ts';
import type { Persona } from './people.ts';

export type Launched = { readonly browser: Browser } | { readonly missing: string };

export async function openBrowser(): Promise<Launched> {
  const launched = await launchBrowser();
  return 'missing' in launched ? launched : { browser: launched };
}

/** What a page must never do, collected while somebody walks: foreign requests, console errors, script faults. */
export interface Watch {
  readonly faults: string[];
  readonly addresses: string[];
}

export async function newPage(
  browser: Browser,
  origins: readonly string[],
  options: Parameters<Browser['newContext']>[0] = {},
): Promise<{ context: BrowserContext; page: Page; watch: Watch }> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  const watch: Watch = { faults: [], addresses: [] };
  page.on('request', (request) => {
    const url = new URL(request.url());
    watch.addresses.push(url.href);
    if (['http:', 'https:'].includes(url.protocol) && !origins.includes(url.origin)) watch.faults.push(`a request to ${url.origin}`);
  });
  page.on('pageerror', (fault) => watch.faults.push(`a script fault: ${fault.message}`));
  page.on('console', (message) => {
    // A refused answer is a refused answer; everything else a browser complains of is ours.
    if (message.type() === 'error' && !/Failed to load resource/.test(message.text()))
      watch.faults.push(`the console says: ${message.text()}`);
  });
  return { context, page, watch };
}

/** Step 1: the landing page, one click on a document. */
export async function chooseDocument(page: Page, landing: URL, configurationId: string): Promise<void> {
  await page.goto(landing.href);
  await page.locator(`form:has(input[value="${configurationId}"]) button`).first().click();
  await page.waitForSelector('#individual_id');
}

/** Step 3: who somebody is, and how they show it. */
export async function identify(page: Page, individualId: string, factor: 'otp' | 'password' | 'knowledge'): Promise<void> {
  await page.fill('#individual_id', individualId);
  await page.check(`input[name=factor][value=${factor}]`);
  await page.click('button[value=continue]');
}

export async function proveByPassword(page: Page, { individualId, password = '' }: Persona): Promise<void> {
  await identify(page, individualId, 'password');
  await page.fill('#password', password);
  await page.click('button[value=continue]');
}

export async function proveByKnowledge(page: Page, { individualId, name, birthdate }: Persona): Promise<void> {
  await identify(page, individualId, 'knowledge');
  await page.fill('#name', name);
  await page.fill('#birthdate', birthdate);
  await page.click('button[value=continue]');
}

/** By a one-time code from the demo's mailbox, read in a second tab as a person would. */
export async function proveByCode(context: BrowserContext, page: Page, { individualId }: Persona, mailbox: URL): Promise<void> {
  await identify(page, individualId, 'otp');
  const letters = await context.newPage();
  await letters.goto(mailbox.href);
  const code = await letters.locator('.big-code').first().innerText();
  await letters.close();
  await page.fill('#otp', code);
  await page.click('button[value=continue]');
}

/** Steps 4 to 9: allow, look whose it is, keep it; ends on the card. */
export async function allowAndKeep(page: Page): Promise<void> {
  await page.click('button[value=allow]');
  await page.waitForURL(/#\/issuing\//);
  await page.locator('main .choices button').first().click({ timeout: 20_000 });
  await page.waitForURL(/#\/documents\//);
  await page.waitForSelector('.document');
}
