import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import { after, before, test } from 'node:test';
import { createEgress, EgressFailure } from '../../src/lib/egress.ts';

let canary: Server;
let port: number;
let visits = 0;
before(async () => {
  canary = createServer((request, response) => {
    visits += 1;
    if (request.url === '/elsewhere') return void response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end();
    if (request.url === '/loop') return void response.writeHead(302, { location: '/loop' }).end();
    if (request.url === '/large') return void response.end(Buffer.alloc(3 * 1024 * 1024));
    if (request.url === '/silent') return;
    response.end(JSON.stringify(request.headers));
  });
  await new Promise<void>((resolve) => canary.listen(0, '127.0.0.1', resolve));
  port = (canary.address() as { port: number }).port;
});
after(() => {
  canary.closeAllConnections();
  canary.close();
});

/** Spellings of places inside: loopback, private, link-local, metadata services, and the ways parsers disagree on them. */
function insideHosts(): string[] {
  const numeric = [
    '127.0.0.1',
    '127.1',
    '127.0.1',
    '2130706433',
    '0x7f000001',
    '0x7f.0.0.1',
    '017700000001',
    '0177.0.0.1',
    '127.000.000.001',
    '0',
    '0.0.0.0',
    '127.255.255.254',
  ];
  const privates = [
    '10.0.0.1',
    '10.255.255.255',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.0.1',
    '192.168.255.255',
    '100.64.0.1',
    '100.127.255.255',
    '169.254.169.254',
    '169.254.170.2',
    '192.0.0.1',
    '192.0.2.1',
    '198.18.0.1',
    '198.19.255.255',
    '198.51.100.1',
    '203.0.113.1',
    '224.0.0.1',
    '239.255.255.255',
    '240.0.0.1',
    '255.255.255.255',
  ];
  const six = [
    '::1',
    '::',
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '::ffff:10.0.0.1',
    '::ffff:169.254.169.254',
    '::127.0.0.1',
    '64:ff9b::7f00:1',
    '64:ff9b::a9fe:a9fe',
    '64:ff9b:1::1',
    '2002:7f00:1::',
    '2002:a9fe:a9fe::',
    '2001::1',
    '2001:db8::1',
    'fc00::1',
    'fd00:ec2::254',
    'fdff::1',
    'fe80::1',
    'febf::1',
    'fec0::1',
    'ff02::1',
    'ff05::2',
    '100::1',
    '3fff::1',
  ];
  return [...numeric, ...privates, ...six.map((host) => `[${host}]`)];
}

test('quality T6, R13: a hundred and twenty ways to name a place inside, none is visited', async () => {
  const egress = createEgress({ trustedOrigins: [], resolve: async () => ['127.0.0.1'] });
  const named = ['localhost', 'metadata.google.internal', 'rebind.example', 'LOCALHOST', 'localhost.', 'x.localhost'];
  const hosts = [...insideHosts(), ...named];
  const addresses = hosts.flatMap((host) => [`https://${host}/`, `https://${host}:${port}/`, `http://${host}:${port}/`]);
  const others = [
    `https://user:secret@example.org/`,
    'ftp://example.org/',
    'file:///etc/passwd',
    'gopher://example.org/',
    'data:text/plain,x',
    'https://example.org:22/',
  ];
  const all = [...addresses, ...others].filter((address) => URL.canParse(address));
  assert.ok(hosts.length >= 60 && all.length >= 120, `${all.length}`);
  const before = visits;
  for (const address of all) await assert.rejects(egress.fetch(new URL(address), { timeoutSeconds: 2 }), EgressFailure, address);
  assert.equal(visits, before, 'the canary was visited');
});

test('quality T6: a name with one public and one private address is refused, and the checked address is the one used', async () => {
  const mixed = createEgress({ trustedOrigins: [], resolve: async () => ['93.184.216.34', '127.0.0.1'] });
  await assert.rejects(mixed.fetch(new URL('https://example.org/')), { reason: 'address' });
});

test('design D19: a configured origin is trusted by scheme, host and port, and cannot lend its trust', async () => {
  const egress = createEgress({ trustedOrigins: [new URL(`http://127.0.0.1:${port}`)] });
  const answer = await egress.fetch(new URL(`http://127.0.0.1:${port}/`), { headers: { authorization: 'Bearer x' } });
  assert.equal(answer.status, 200);
  assert.match(Buffer.from(answer.body).toString(), /Bearer x/);
  await assert.rejects(egress.fetch(new URL(`http://localhost:${port}/`)), { reason: 'scheme' });
  await assert.rejects(egress.fetch(new URL(`http://127.0.0.1:${port}/elsewhere`)), { reason: 'scheme' });
  await assert.rejects(egress.fetch(new URL(`http://127.0.0.1:${port}/loop`)), { reason: 'redirects' });
});

test('quality Q39: size and time are bounded, and the caller may stop sooner', async () => {
  const egress = createEgress({ trustedOrigins: [new URL(`http://127.0.0.1:${port}`)] });
  await assert.rejects(egress.fetch(new URL(`http://127.0.0.1:${port}/large`)), { reason: 'size' });
  await assert.rejects(egress.fetch(new URL(`http://127.0.0.1:${port}/silent`), { timeoutSeconds: 0.3 }), { reason: 'timeout' });
  await assert.rejects(egress.fetch(new URL(`http://127.0.0.1:${port}/silent`), { signal: AbortSignal.timeout(100) }), EgressFailure);
});
