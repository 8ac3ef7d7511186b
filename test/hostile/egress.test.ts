import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTcpServer, type Socket } from 'node:net';
import { after, before, test } from 'node:test';
import { createEgress, EgressFailure } from '../../src/lib/egress.ts';
import { isPublicAddress } from '../../src/lib/public-address.ts';
import { insideAddresses, insideHosts } from './inside-hosts.ts';

/** Connections are counted, not requests: a TLS greeting to a place inside is a visit too. */
let visits = 0;
let canary: Server;
let port: number;
const seen: string[] = [];

const answers: Readonly<Record<string, (request: IncomingMessage, response: ServerResponse) => void>> = {
  '/large': (_request, response) => response.end(Buffer.alloc(3 * 1024 * 1024)),
  '/large-announced': (_request, response) => response.writeHead(200, { 'content-length': String(10 ** 9) }).write('x'),
  '/silent': () => {},
  '/silent-body': (_request, response) => response.writeHead(200).write('x'),
  '/trickle': (_request, response) => {
    const timer = setInterval(() => response.write(' '), 20);
    response.on('close', () => clearInterval(timer));
  },
};

before(async () => {
  canary = createServer((request, response) => {
    const { url = '/', method } = request;
    seen.push(`${method} ${url}`);
    const answer = answers[url];
    if (answer) return answer(request, response);
    const target = new URL(url, 'http://x').searchParams.get('to');
    if (target !== null) return void response.writeHead(302, { location: target, 'set-cookie': 'a=b' }).end('x'.repeat(100));
    response.end(JSON.stringify(request.headers));
  });
  canary.on('connection', () => {
    visits += 1;
  });
  await new Promise<void>((resolve) => canary.listen(0, '127.0.0.1', resolve));
  port = (canary.address() as { port: number }).port;
});
after(() => {
  canary.closeAllConnections();
  canary.close();
});

const here = (path: string) => new URL(path, `http://127.0.0.1:${port}`);
const to = (target: string) => here(`/go?to=${encodeURIComponent(target)}`);
/** Refused by the guard before anything is sent; a refused connection or a silent host would say `network` or `timeout`. */
const byGuard = (fault: unknown) => fault instanceof EgressFailure && ['address', 'scheme'].includes(fault.reason);

test('quality T6, R13: every way to name a place inside, none is visited', async () => {
  const egress = createEgress({ trustedOrigins: [], resolve: async () => ['127.0.0.1'] });
  const names = ['localhost', 'LOCALHOST', 'localhost.', 'x.localhost', 'metadata.google.internal', 'rebind.example', 'ｌｏｃａｌｈｏｓｔ'];
  const hosts = [...insideHosts, ...names];
  assert.ok(new Set(hosts).size >= 120, `${new Set(hosts).size} hosts`);
  const before = visits;
  for (const host of hosts) {
    for (const address of [`https://${host}/`, `https://${host}:${port}/`, `http://${host}:${port}/`, `http://${host}/`]) {
      if (!URL.canParse(address)) continue;
      await assert.rejects(egress.fetch(new URL(address), { timeoutSeconds: 2 }), byGuard, address);
    }
  }
  assert.equal(visits, before, 'the canary was visited');
});

test('quality T6, R13: a name that leads to any place inside is refused, alone and among public ones, whichever comes first', async () => {
  assert.ok(insideAddresses.length >= 100, `${insideAddresses.length} addresses`);
  for (const address of insideAddresses) {
    for (const found of [[address], ['93.184.216.34', address], [address, '2606:2800:220:1::1']]) {
      const egress = createEgress({ trustedOrigins: [], resolve: async () => found });
      await assert.rejects(egress.fetch(new URL('https://name.example/')), { reason: 'address' }, found.join());
    }
  }
  for (const found of [[], ['nonsense'], [''], ['127.0.0.1:443']])
    await assert.rejects(
      createEgress({ trustedOrigins: [], resolve: async () => found }).fetch(new URL('https://name.example/')),
      { reason: 'address' },
      found.join(),
    );
});

test('quality T6: ordinary addresses of the internet are none of those', () => {
  for (const address of [
    '1.1.1.1',
    '8.8.8.8',
    '93.184.216.34',
    '100.63.255.255',
    '100.128.0.0',
    '172.15.255.255',
    '172.32.0.0',
    '223.255.255.255',
  ])
    assert.ok(isPublicAddress(address), address);
  for (const address of ['2606:4700:4700::1111', '2001:4860:4860::8888', '2a00:1450:4001::1', '2400:cb00::1'])
    assert.ok(isPublicAddress(address), address);
});

test('quality T6: other schemes, ports and credentials are refused', async () => {
  const egress = createEgress({ trustedOrigins: [new URL('https://trusted.example')], resolve: async () => ['93.184.216.34'] });
  for (const address of [
    'http://example.org/',
    'ftp://example.org/',
    'file:///etc/passwd',
    'gopher://example.org/',
    'data:text/plain,x',
    'ws://example.org/',
    'blob:https://example.org/x',
    'javascript:1',
    'https://example.org:22/',
    'https://example.org:8443/',
    'https://user:secret@example.org/',
    'https://user@example.org/',
    'https://user:secret@trusted.example/',
    'http://trusted.example/',
    'https://trusted.example:444/',
    'https://trusted.example.attacker.example:444/',
  ])
    await assert.rejects(egress.fetch(new URL(address), { timeoutSeconds: 2 }), byGuard, address);
});

test('quality T6: a configured address of another scheme trusts nothing', async () => {
  const egress = createEgress({ trustedOrigins: [new URL('mailto:office@example.org'), new URL('file:///tmp')] });
  await assert.rejects(egress.fetch(new URL('file:///etc/passwd')), { reason: 'scheme' });
});

test('quality T6: a name is looked up once, and the address that was checked is the one that is asked', async () => {
  // Public, and given to nobody: the test asks no real host.
  const free = '2e00::1';
  const found = [free, '127.0.0.1', '127.0.0.1'];
  const asked: string[] = [];
  const egress = createEgress({
    trustedOrigins: [],
    resolve: async (host) => {
      asked.push(host);
      return [found[asked.length - 1] ?? '127.0.0.1'];
    },
  });
  const attempts: string[] = [];
  const watch = (message: unknown) => {
    (message as { socket: Socket }).socket.on('connectionAttempt', (address) => {
      attempts.push(address);
      (message as { socket: Socket }).socket.destroy();
    });
  };
  subscribe('net.client.socket', watch);
  try {
    await assert.rejects(egress.fetch(new URL('https://rebind.example/'), { timeoutSeconds: 1 }), EgressFailure);
  } finally {
    unsubscribe('net.client.socket', watch);
  }
  assert.deepEqual(asked, ['rebind.example']);
  assert.deepEqual(attempts, [free]);
});

test('design D19: a configured origin is trusted by scheme, host and port', async () => {
  const egress = createEgress({ trustedOrigins: [here('/')] });
  const answer = await egress.fetch(here('/'), { headers: { authorization: 'Bearer x' } });
  assert.equal(answer.status, 200);
  assert.match(Buffer.from(answer.body).toString(), /Bearer x/);
  await assert.rejects(egress.fetch(new URL(`http://localhost:${port}/`)), { reason: 'scheme' });
  await assert.rejects(egress.fetch(new URL(`https://127.0.0.1:${port}/`)), { reason: 'address' });
});

test('quality T6, design D19: a redirect from a trusted origin is checked as any other address, and lends no trust', async () => {
  const other = createTcpServer((socket) => socket.destroy());
  let strays = 0;
  other.on('connection', () => {
    strays += 1;
  });
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const neighbour = `http://127.0.0.1:${(other.address() as { port: number }).port}`;
  const egress = createEgress({ trustedOrigins: [here('/'), new URL(neighbour)], resolve: async () => ['127.0.0.1'] });
  try {
    for (const target of [
      neighbour,
      `${neighbour}/admin`,
      'https://inside.example/',
      'https://127.0.0.1/',
      'https://[::1]/',
      'https://169.254.169.254/latest/meta-data',
      `http://localhost:${port}/`,
      `//127.0.0.1:${new URL(neighbour).port}/`,
      'file:///etc/passwd',
      `http://user:secret@127.0.0.1:${port}/`,
      'http://[',
    ])
      await assert.rejects(
        egress.fetch(to(target)),
        (fault) => byGuard(fault) || (fault instanceof EgressFailure && fault.reason === 'redirects'),
        target,
      );
    assert.equal(strays, 0, 'another neighbour was visited');
  } finally {
    other.close();
  }
});

test('quality T6: three redirects and no more, and what was meant for the first address goes no further', async () => {
  const egress = createEgress({ trustedOrigins: [here('/')] });
  const nested = (hops: number): string => (hops === 0 ? '/end' : `/go?to=${encodeURIComponent(nested(hops - 1))}`);
  const headers = { authorization: 'Bearer x', cookie: 'a=b', dpop: 'proof', 'X-Own': 'x', Accept: 'application/json' };
  const { status, body } = await egress.fetch(here(nested(3)), { headers });
  assert.equal(status, 200);
  const told = JSON.parse(Buffer.from(body).toString()) as Record<string, string>;
  assert.equal(told.accept, 'application/json');
  for (const name of ['authorization', 'cookie', 'dpop', 'x-own']) assert.equal(told[name], undefined, name);
  seen.length = 0;
  await assert.rejects(egress.fetch(here(nested(4))), { reason: 'redirects' });
  assert.equal(seen.length, 4);
  assert.ok(!seen.some((line) => line.endsWith('/end')));
  const posted = await egress.fetch(to('/end'), { method: 'POST', body: 'x' });
  assert.equal(posted.status, 302, 'what was posted is not posted again elsewhere');
});

test('quality Q39: size and time are bounded, whatever the server does, and the caller may stop sooner', async () => {
  const egress = createEgress({ trustedOrigins: [here('/')] });
  await assert.rejects(egress.fetch(here('/large')), { reason: 'size' });
  await assert.rejects(egress.fetch(here('/'), { maximumBytes: 10 }), { reason: 'size' });
  for (const path of ['/silent', '/silent-body', '/trickle', '/large-announced'])
    await assert.rejects(egress.fetch(here(path), { timeoutSeconds: 0.3 }), { reason: 'timeout' }, path);
  await assert.rejects(egress.fetch(here('/silent'), { signal: AbortSignal.timeout(100) }), EgressFailure);
  await assert.rejects(egress.fetch(here('/'), { signal: AbortSignal.abort() }), EgressFailure);
  const undecided = createEgress({ trustedOrigins: [], resolve: () => new Promise(() => {}) });
  await assert.rejects(undecided.fetch(new URL('https://name.example/'), { timeoutSeconds: 0.3 }), { reason: 'timeout' });
  const unknown = createEgress({ trustedOrigins: [], resolve: async () => Promise.reject(new Error('NXDOMAIN')) });
  await assert.rejects(unknown.fetch(new URL('https://name.example/')), { reason: 'network' });
});

test('quality Q39: when the time is up the connection is closed, not only left alone', async () => {
  const egress = createEgress({ trustedOrigins: [here('/')] });
  const closed = new Promise<void>((resolve) =>
    canary.once('request', (request: IncomingMessage) => request.socket.once('close', () => resolve())),
  );
  await assert.rejects(egress.fetch(here('/trickle'), { timeoutSeconds: 0.3 }), { reason: 'timeout' });
  await closed;
});
