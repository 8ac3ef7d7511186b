import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type Exchange, Messenger } from '../../examples/walk/exchange.ts';
import { makeKey, redeemCode } from '../../examples/walk/holder.ts';
import { administer } from '../support/database.ts';
import { writeDemoConfig } from '../support/demo-config.ts';
import { makePlaces, type Place } from '../support/handles.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { personOf } from '../support/people.ts';
import { openSession, type Session, signInFor } from '../support/wallet-client.ts';

let instance: Instance;
let config: Awaited<ReturnType<typeof writeDemoConfig>>;
before(async () => {
  // A second public client: what belongs to the first must be nothing in its hands.
  config = await writeDemoConfig(({ authorization: { clients } }) => clients.push({ ...clients[0], clientId: 'neighbour' }));
  instance = await startInstance({ environment: { CHANCERY_CONFIG: config.file } });
});
after(async () => {
  await instance?.stop();
  await config?.remove();
});

const open = () => openSession(`${instance.url.origin}/issuers/civil-registry`, 'national_identity');
const ordinary = () => personOf('ordinary', 'knowledge', instance.url);
const errorOf = ({ responseBody }: Exchange) => (JSON.parse(responseBody) as { error: string }).error;
const asNeighbour = ({ request }: Session) => ({ ...request, client: { ...request.client, clientId: 'neighbour' } });

test('features A12, A28: the code is bound to client, redirect URI, challenge and DPoP key; each mismatch is refused', async () => {
  const changes: readonly [string, (session: Session) => Promise<Session['request']> | Session['request'], string?][] = [
    ['another redirect URI', ({ request }) => ({ ...request, client: { ...request.client, redirectUri: 'http://127.0.0.1:8099/other' } })],
    ['another DPoP key', async ({ request }) => ({ ...request, client: { ...request.client, dpopKey: await makeKey() } })],
    ['another verifier', ({ request }) => request, randomBytes(32).toString('base64url')],
    ['another client', asNeighbour],
  ];
  for (const [what, change, verifier] of changes) {
    const session = await open();
    const code = await signInFor(session, await ordinary());
    const answer = await redeemCode(new Messenger(), await change(session), verifier ? { ...code, verifier } : code);
    assert.deepEqual([answer.status, errorOf(answer)], [400, 'invalid_grant'], what);
  }
});

test('features A12: a code lives sixty seconds at most, and not one longer', async () => {
  const session = await open();
  const target = { kind: 'socket', folder: join(instance.dataFolder, 'postgres'), user: 'app', database: 'postgres' } as const;
  const age = async (seconds: number) =>
    administer<{ life: number }>(
      target,
      `update chancery_authorization.artifact
       set payload = (payload::jsonb || jsonb_build_object('exp', (payload->>'exp')::int - $1::int, 'iat', (payload->>'iat')::int - $1::int))::json
       where model = 'AuthorizationCode' and consumed_at is null
       returning (payload->>'exp')::int - (payload->>'iat')::int as life`,
      [seconds],
    );
  for (const [seconds, error] of [
    [50, undefined],
    [61, 'invalid_grant'],
  ] as const) {
    const code = await signInFor(session, await ordinary());
    assert.deepEqual(await age(seconds), [{ life: 60 }]);
    assert.equal(errorOf(await redeemCode(session.messenger, session.request, code)), error, `after ${seconds} seconds`);
  }
});

test('quality R1, features A28: a code in the hands of another client, or without its verifier, is spent for everybody', async () => {
  const wrongs: readonly [string, (session: Session, code: Awaited<ReturnType<typeof signInFor>>) => Promise<Exchange>][] = [
    ['another client', (session, code) => redeemCode(new Messenger(), asNeighbour(session), code)],
    [
      'another verifier',
      ({ request }, code) => redeemCode(new Messenger(), request, { ...code, verifier: randomBytes(32).toString('base64url') }),
    ],
  ];
  for (const [what, misuse] of wrongs) {
    const session = await open();
    const code = await signInFor(session, await ordinary());
    assert.equal(errorOf(await misuse(session, code)), 'invalid_grant', what);
    assert.equal(errorOf(await redeemCode(session.messenger, session.request, code)), 'invalid_grant', `its owner comes too late: ${what}`);
  }
});

/** Spellings of a handle that are not the handle. */
function misspelt(handle: string): string[] {
  const last = handle.search(/[a-zA-Z][^a-zA-Z]*$/);
  const letter = handle[last] ?? '';
  const other = letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase();
  return [
    handle.slice(0, -1),
    handle.slice(0, handle.length >> 1),
    `${handle}A`,
    `${handle}=`,
    handle.slice(0, last) + other + handle.slice(last + 1),
  ];
}

async function isRefused(place: Place, handle: string, what: string): Promise<void> {
  const { taken, answer } = await place.present(handle);
  assert.ok(!taken && answer.status < 500, `${what}: ${answer.status} ${answer.responseBody.slice(0, 200)}`);
}

test('quality R15: every kind of handle, cut short, lengthened, padded or with its case changed, is no handle', async () => {
  const places = await makePlaces(instance.url, await ordinary());
  for (const [kind, place] of Object.entries(places)) {
    assert.notEqual(place.handle, '', kind);
    for (const handle of misspelt(place.handle)) await isRefused(place, handle, `${kind} as ${handle}`);
    const { taken, answer } = await place.present(place.handle);
    assert.ok(taken, `the ${kind} itself was not spent by them: ${answer.status} ${answer.responseBody.slice(0, 200)}`);
  }
});

test('quality R3: a handle of each kind at the place of every other: none is taken', async () => {
  const places = Object.entries(await makePlaces(instance.url, await ordinary()));
  for (const [kind, { handle }] of places)
    for (const [other, place] of places) if (other !== kind) await isRefused(place, handle, `${kind} as ${other}`);
  for (const [kind, place] of places) assert.ok((await place.present(place.handle)).taken, `the ${kind} in its own place`);
});
