import type { Page } from 'playwright-core';

/** Words of the named steps and of the heading that run over more than one line; none may, in any language (quality AX3). */
const brokenWords = `[...document.querySelectorAll('.steps li, h1')].flatMap((item) => {
  const text = [...item.childNodes].find((node) => node.nodeType === Node.TEXT_NODE);
  return [...text.data.matchAll(/\\S+/g)].filter(({ 0: word, index }) => {
    const range = document.createRange();
    range.setStart(text, index);
    range.setEnd(text, index + word.length);
    return range.getClientRects().length > 1;
  }).map(([word]) => word);
})`;

/** Nothing scrolls sideways, nothing to press is smaller than 24 px unless it stands in a sentence (quality AX3, AX4). */
// The button of a leaf stretches over the whole leaf.
const misplaced = `(() => {
  const faults = [];
  if (document.documentElement.scrollWidth > innerWidth) {
    const wide = [...document.querySelectorAll('main *')].filter((element) => element.getBoundingClientRect().right > innerWidth + 1 || element.getBoundingClientRect().left < -1);
    faults.push('the page scrolls sideways: ' + document.documentElement.scrollWidth + ' by ' + wide.map((element) => element.tagName + '.' + element.className).slice(0, 5).join(' '));
  }
  for (const element of document.querySelectorAll('button, input:not([type=hidden]), select, summary, nav a, .button')) {
    const box = element.getBoundingClientRect();
    if (box.width > 0 && (box.width < 24 || box.height < 24) && !element.closest('label, .leaf') && getComputedStyle(element).position !== 'absolute') faults.push('too small: ' + element.outerHTML.slice(0, 90) + ' ' + box.width + 'x' + box.height);
  }
  for (const button of document.querySelectorAll('button'))
    if (getComputedStyle(button).borderStyle === 'outset') faults.push('a button as the browser draws it: ' + button.outerHTML.slice(0, 90));
  return faults;
})()`;

export async function layoutFaultsOf(page: Page): Promise<readonly string[]> {
  const broken = (await page.evaluate(brokenWords)) as string[];
  return [...((await page.evaluate(misplaced)) as string[]), ...broken.map((word) => `a word is broken: ${word}`)];
}

/** Values behind dots, each with whether what is left open stands to the right of the dots. */
export async function openPartsOf(page: Page): Promise<readonly { readonly open: string; readonly onTheRight: boolean }[]> {
  return (await page.evaluate(`[...document.querySelectorAll('.facts .mask + .only-heard + bdi')].filter((open) => open.textContent !== '').map((open) => ({
    open: open.textContent,
    onTheRight: open.getBoundingClientRect().left > open.parentElement.querySelector('.mask').getBoundingClientRect().left,
  }))`)) as { open: string; onTheRight: boolean }[];
}
