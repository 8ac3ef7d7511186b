import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import type { JsonObject } from '../../src/lib/json.ts';
import { type DesignDesk, openDesignDesk } from '../support/design-desk.ts';
import { type IssuerStage, openIssuerStage } from '../support/issuer-stage.ts';
import { documentLoader, verifyDataIntegrity } from '../support/judge-data-integrity.ts';
import { verifyJwtVc } from '../support/judge-jwt-vc.ts';
import { judgeByOwf } from '../support/judge-mdoc-owf.ts';
import { verifySdJwtVc } from '../support/judge-sd-jwt.ts';
import { oneDesign, oneNamespace } from '../support/one-design.ts';
import { readPersonas } from '../support/people.ts';

let stage: IssuerStage;
let folder: string;
let person: string;
let desk: DesignDesk;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chancery-design-'));
  person = (await readPersonas()).find(({ id }) => id === 'ordinary')?.individualId ?? '';
  await writeFile(join(folder, 'land.csv'), `owner,parcel,locality\n${person},P-17,Far Field\n`);
  stage = await openIssuerStage({}, [], {
    registries: { land: { kind: 'csv', file: join(folder, 'land.csv'), columns: { key: 'owner' } } },
  });
  desk = await openDesignDesk(stage, person);
});
after(async () => {
  await stage?.close();
  await rm(folder, { recursive: true, force: true });
});

const pick = (values: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(Object.keys(oneDesign.mapping).map((name) => [name, values[name]]));
const read = async (path: string) => (await (await fetch(`${stage.issuer}${path}`)).json()) as JsonObject;
const metadata = async () => {
  const { origin, pathname } = new URL(stage.issuer);
  const whole = (await (await fetch(`${origin}/.well-known/openid-credential-issuer${pathname}`)).json()) as JsonObject;
  return whole.credential_configurations_supported as Record<string, JsonObject>;
};

/** What a judge that is neither ours nor each other's finds in each format. */
const judged: Readonly<Record<string, (credential: string & JsonObject, root: URL) => Promise<Record<string, unknown>>>> = {
  async One(credential, root) {
    return { ...(await verifySdJwtVc(credential, root)) };
  },
  async OneMdoc(credential, root) {
    const { issuerSigned, faults } = await judgeByOwf(credential, new Uint8Array(await (await fetch(root)).arrayBuffer()));
    assert.deepEqual(faults, []);
    const plain = (value: unknown): unknown => {
      if (value instanceof Map) return Object.fromEntries([...value].map(([name, entry]) => [name, plain(entry)]));
      return value?.constructor.name === 'DateOnly' ? String((value as Date).toISOString()) : value;
    };
    return plain(new Map(Object.entries(issuerSigned.getPrettyClaims(oneNamespace) ?? {}))) as Record<string, unknown>;
  },
  async OneJwt(credential, root) {
    return (await verifyJwtVc(credential, root)).credentialSubject as Record<string, unknown>;
  },
  async OneLinked(credential) {
    const path = '/contexts/one/v1';
    const loader = documentLoader(await read('/did.json'), new Map([[stage.issuer + path, await read(path)]]));
    await verifyDataIntegrity(credential, 'eddsa-rdfc-2022', loader);
    return credential.credentialSubject as Record<string, unknown>;
  },
};

test('features B53, B10, standards V-65: one design, saved once, is issued in all four formats with equal values', async () => {
  await desk.publish(oneDesign);
  const root = new URL(`${stage.issuer}/trust-anchor.cer`);
  const found = new Map<string, Record<string, unknown>>();
  for (const { id, scope } of [oneDesign, ...oneDesign.encodings]) {
    const judge = judged[id] ?? assert.fail(id);
    found.set(id, pick(await judge(await desk.issue(id, scope), root)));
  }
  const [first] = found.values();
  assert.match(String(first?.name), /^\S+ .*\p{Lu}$/u);
  assert.deepEqual([first?.number, first?.adult, first?.home], [`XO-${person}`, true, { town: 'Orsana City' }]);
  for (const [id, values] of found) assert.deepEqual(values, first, id);
});

test('features B55, standards V-65: display in each language, colours, logo under both names, claims in their order, for every encoding', async () => {
  const offered = await metadata();
  for (const { id } of [oneDesign, ...oneDesign.encodings]) {
    const { display, claims } = (offered[id] ?? assert.fail(id)).credential_metadata as {
      display: JsonObject[];
      claims: { path: string[] }[];
    };
    assert.deepEqual(
      display.map(({ locale }) => locale),
      ['en', 'ar'],
    );
    const [card] = display;
    assert.deepEqual([card?.background_color, card?.text_color], ['#1d3f72', '#ffffff']);
    const logo = card?.logo as JsonObject;
    assert.deepEqual([logo.uri, logo.url], [logo.uri, 'https://orsana.example/logo.svg']);
    const order = claims.map(({ path }) => path.at(-1)).filter((name) => name !== 'town' && name !== 'home');
    assert.deepEqual(order, ['name', 'born', 'sex', 'adult', 'number', 'until'], id);
  }
});

const base = { ...oneDesign, encodings: [] };
const matrixOf = (id: string, more: object) => ({
  ...base,
  id,
  scope: id.toLowerCase(),
  format: 'jwt_vc_json',
  status: undefined,
  profile: { dataModel: '1.1', types: ['One'] },
  ...more,
});

test('features B54, D14: validity, key, suite, connector and status are each set per type', async () => {
  const matrix: readonly [string, object, (credential: string) => unknown, unknown][] = [
    ['Validity', { validityDays: 3 }, (jwt) => ((decodeJwt(jwt).exp ?? 0) - (decodeJwt(jwt).nbf ?? 0)) / 86_400, 3],
    ['Key', { key: 'parcels' }, (jwt) => decodeProtectedHeader(jwt).kid, undefined],
    ['Suite', { profile: { ...matrixOf('', {}).profile, algorithm: 'EdDSA' } }, (jwt) => decodeProtectedHeader(jwt).alg, 'EdDSA'],
    [
      'Connector',
      {
        registry: 'land',
        mapping: {
          ...oneDesign.mapping,
          ...Object.fromEntries(['name', 'born', 'sex', 'adult'].map((name) => [name, { $claim: 'parcel' }])),
          number: { $claim: 'parcel' },
        },
      },
      (jwt) => {
        const { credentialSubject } = decodeJwt<{ vc: { credentialSubject: { number: string; home: { town: string } } } }>(jwt).vc;
        return [credentialSubject.number, credentialSubject.home.town];
      },
      ['P-17', 'Far Field'],
    ],
    [
      'Status',
      { status: 'bitstring_status_list' },
      (jwt) => decodeJwt<{ vc: { credentialStatus?: object } }>(jwt).vc.credentialStatus !== undefined,
      true,
    ],
  ];
  await desk.publish(matrixOf('Plain', {}));
  const plain = await desk.issue('Plain', 'plain');
  const root = new URL(`${stage.issuer}/trust-anchor.cer`);
  for (const [id, setting, look, wanted] of matrix) {
    await desk.publish(matrixOf(id, setting));
    const credential = await desk.issue(id, id.toLowerCase());
    await verifyJwtVc(credential, root);
    assert.notDeepEqual(look(credential), look(plain), `${id} is set for this type alone`);
    if (wanted !== undefined) assert.deepEqual(look(credential), wanted, id);
  }
});
