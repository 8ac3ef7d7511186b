import assert from 'node:assert/strict';
import { test } from 'node:test';
import { words } from './catalogues.ts';
import type { Words } from './words.ts';

/** Every sentence of a language; functions are asked with stand-ins. */
function sentences(value: unknown, path = ''): [string, string][] {
  if (typeof value === 'string') return [[path, value]];
  if (typeof value === 'function') return sentences(value(...['Alpha', 'Beta', 'Gamma'].slice(0, value.length)), path);
  if (typeof value === 'object' && value !== null)
    return Object.entries(value).flatMap(([name, entry]) => sentences(entry, `${path}/${name}`));
  return [];
}

/** Quality §6.5, WL1 to WL10; technical details are folded and left out. */
const forbidden =
  /\b(VCs?|credentials?|attestations?|SD-JWT|JWT|mdoc|CBOR|COSE|OpenID|OIDC|OAuth|SAML|PKCE|DPoP|tokens?|grants?|scopes?|claims?|metadata|endpoint|redirect\w*|callback|client|IdP|nonce|challenge|OTP|keys?|signatures?|proofs?|hash|crypto\w*|certificates?|holder|subject|verifier|registry|connector|tenant|revoked|suspended|sessions?|cache|timeout|API|HTTPS?|servers?|exception|null|undefined|oops|something went wrong|unknown error|submit|okay)\b|\b[45]\d\d\b/i;

const holderTexts = (language: Words) => sentences(language).filter(([path]) => !path.includes('/technical'));

test('quality WL1 to WL10: no holder text uses a word of the list', () => {
  for (const [language, texts] of Object.entries(words))
    for (const [path, text] of holderTexts(texts)) {
      assert.doesNotMatch(text, forbidden, `${language}${path}: ${text}`);
      assert.doesNotMatch(text, /\bDIDs?\b/, `${language}${path}: ${text}`);
    }
});

test('quality LG2: every text exists in every language, and only names are alike', () => {
  const english = new Map(holderTexts(words.en));
  for (const language of ['ar', 'ta'] as const) {
    const texts = new Map(holderTexts(words[language]));
    assert.deepEqual([...texts.keys()], [...english.keys()]);
    for (const [path, text] of texts) {
      assert.notEqual(text.trim(), '', path);
      if (!path.endsWith('/id')) assert.notEqual(text, english.get(path), `${language}${path} is not translated`);
    }
  }
});

test('quality LG2: counts follow the plural rules of the language', () => {
  assert.equal(words.en.landing.count(1, '1'), '1 document');
  assert.equal(words.ar.landing.count(2, '٢'), 'وثيقتان');
  assert.equal(words.ar.landing.count(3, '٣'), '٣ وثائق');
  assert.equal(words.ar.landing.count(11, '١١'), '١١ وثيقة');
});
