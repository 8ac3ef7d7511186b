import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { startWalletWorld, Visitor } from '../../test/support/wallet-world.ts';

test('features A02, E02: the landing page lists offices and documents from live metadata, without an account', async (t) => {
  const world = await startWalletWorld(t);
  const visitor = new Visitor(world);
  const page = await visitor.get('/');
  assert.equal(page.statusCode, 200);
  assert.match(page.body, /<h2 id="office-0">City Library<\/h2>/);
  assert.match(page.body, /<button>Library card<\/button>/);
  assert.match(page.body, /Lets you borrow &lt;b&gt;books&lt;\/b&gt;\./, 'texts of others are escaped');
  const arabic = await visitor.get('/', { 'accept-language': 'ar;q=0.9, fr' });
  assert.match(arabic.body, /<html lang="ar" dir="rtl"/);
  assert.match(arabic.body, /مكتبة المدينة/);
});

test('the address of the wallet without its last stroke leads there, and nowhere else', async (t) => {
  const visitor = new Visitor(await startWalletWorld(t));
  for (const [asked, location] of [
    ['/wallet', '/wallet/'],
    ['/wallet?language=ar', '/wallet/?language=ar'],
    ['/wallet?//elsewhere.example', '/wallet/?//elsewhere.example'],
  ] as const) {
    const answer = await visitor.get(asked);
    assert.equal(answer.statusCode, 308);
    assert.equal(answer.headers.location, location);
  }
});

test('features A02: an office that fell silent keeps its place for a while, and is told of when nothing is known of it', async (t) => {
  const world = await startWalletWorld(t);
  const visitor = new Visitor(world);
  await visitor.get('/');
  world.office.wrong.down = true;
  world.clock.advance(600);
  const remembered = await visitor.get('/');
  assert.match(remembered.body, /Library card/);
  assert.doesNotMatch(remembered.body, /not answering/);
  world.clock.advance(7200);
  const silent = await visitor.get('/');
  assert.equal(silent.statusCode, 200);
  assert.match(silent.body, /Some offices are not answering/);
});

test('quality EP3: a browser at an address where nothing lives gets words and a way on, a program the plain refusal', async (t) => {
  const visitor = new Visitor(await startWalletWorld(t));
  const page = await visitor.get('/nothing/here', { accept: 'text/html,*/*' });
  assert.equal(page.statusCode, 404);
  assert.match(page.body, /<h1[^>]*>There is no page at this address<\/h1>/);
  assert.match(page.body, /<a class="button" href="\/">/);
  const plain = await visitor.get('/nothing/here', { accept: 'application/json' });
  assert.equal(plain.statusCode, 404);
  assert.equal(plain.json().error, 'not_found');
});

test('features A02: metadata that speaks for another issuer is not shown', async (t) => {
  const world = await startWalletWorld(t);
  world.office.wrong.metadata = { credential_issuer: 'https://other.example' };
  assert.doesNotMatch((await new Visitor(world).get('/')).body, /Library card/);
});

test('features E02: search finds by any language, by office, without accents; categories narrow', async (t) => {
  const visitor = new Visitor(await startWalletWorld(t));
  const finds = async (query: string) => (await visitor.get(`/?${query}`)).body.includes('<button>Library card</button>');
  assert.equal(await finds('q=LIBRARY'), true);
  assert.equal(await finds(`q=${encodeURIComponent('بطاقة')}`), true);
  assert.equal(await finds('q=library+borrow'), true);
  assert.equal(await finds('q=passport'), false);
  assert.equal(await finds('category=study'), true);
  assert.equal(await finds('category=unknown'), true, 'an unknown category shows everything');
  const categories = async (query: string) =>
    [...(await visitor.get(`/?${query}`)).body.matchAll(/category=(\w+)[^>]*>[^<]*<span>(\d+)/g)].length;
  assert.equal(await categories('q=library'), 1);
  assert.equal(await categories('q=passport'), 0, 'no category leads from a search to nothing');
});

test('features E02: any search text is answered with a sound page that repeats it escaped', async (t) => {
  const visitor = new Visitor(await startWalletWorld(t));
  const hostile = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('"><script>alert(1)</script>', "' onfocus='x", '%00', '{{7*7}}'));
  await fc.assert(
    fc.asyncProperty(hostile, async (query) => {
      const page = await visitor.get(`/?q=${encodeURIComponent(query.toWellFormed())}`);
      assert.equal(page.statusCode, 200);
      assert.doesNotMatch(page.body, /<script|onfocus='x/);
    }),
    { numRuns: 300 },
  );
});

test('quality R64, features E31: no page loads from or links to another origin, and its policy forbids it', async (t) => {
  const visitor = new Visitor(await startWalletWorld(t));
  for (const url of ['/', '/wallet/', '/help', '/offer?credential_offer=x', '/?q=nothing-at-all']) {
    const page = await visitor.get(url);
    const addresses = [...page.body.matchAll(/(?:src|href|action)="([^"]*)"/g)].map(([, address = '']) => address);
    assert.ok(addresses.length > 5);
    for (const address of addresses) assert.match(address, /^(\/(?!\/)|#)/, `${url} leads to ${address}`);
    const policy = String(page.headers['content-security-policy']);
    assert.match(policy, /default-src 'none'/);
    assert.match(policy, url === '/wallet/' ? /script-src 'self'; / : /script-src 'none'; /);
    assert.doesNotMatch(page.body, /<style|\sstyle=|\son\w+=|javascript:/);
  }
});

test('features E31: the emblem of an office comes from our own address, and only emblems do', async (t) => {
  const world = await startWalletWorld(t);
  const visitor = new Visitor(world);
  const [emblem = ''] = /\/wallet\/emblems\/\w+/.exec((await visitor.get('/')).body) ?? [];
  const answer = await visitor.get(emblem);
  assert.equal(answer.statusCode, 200);
  assert.equal(answer.headers['content-type'], 'image/svg+xml');
  assert.match(String(answer.headers['content-security-policy']), /sandbox/);
  assert.equal((await visitor.get('/wallet/emblems/000000000000')).statusCode, 404);
});

test('quality LG5: a choice of language and of light or dark is kept, and leads back only to pages of ours', async (t) => {
  const visitor = new Visitor(await startWalletWorld(t));
  await visitor.get('/?language=ta');
  assert.match((await visitor.get('/')).body, /<html lang="ta"/);
  const chosen = await visitor.post('/wallet/appearance', { appearance: 'dark', back: '//evil.example/' });
  assert.equal(chosen.headers.location, '/');
  assert.match((await visitor.get('/')).body, /data-theme="dark"/);
});
