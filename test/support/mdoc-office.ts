import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Order } from '../../src/formats/format.ts';
import { msoMdoc } from '../../src/formats/mso-mdoc/mso-mdoc.ts';
import { createFileKeyStore } from '../../src/keys/file/file-key-store.ts';
import type { PublicJwk, Signer, SigningAlgorithm } from '../../src/keys/keys.ts';
import { systemClock } from '../../src/lib/clock.ts';
import type { Json, JsonObject } from '../../src/lib/json.ts';

const issuer = 'https://issuer.example/issuers/one';
const text = (...claim: readonly string[]): Json => ({ claim, encoding: 'text' });
const fullDate = (name: string): Json => ({ claim: [name], encoding: 'full-date' });

/** A driving licence with everything ISO/IEC 18013-5 asks for, and in a namespace of its own one value of every other kind. */
export const licence = {
  doctype: 'org.iso.18013.5.1.mDL',
  namespaces: {
    'org.iso.18013.5.1': {
      family_name: text('family_name'),
      given_name: text('given_name'),
      birth_date: fullDate('birthdate'),
      issue_date: fullDate('issued'),
      expiry_date: { claim: ['until'], encoding: 'tdate' },
      issuing_country: text('country'),
      issuing_authority: text('authority'),
      document_number: text('number'),
      portrait: { claim: ['portrait'], encoding: 'bytes' },
      driving_privileges: {
        claim: ['rights'],
        encoding: {
          list: {
            map: {
              vehicle_category_code: text('code'),
              issue_date: fullDate('since'),
              expiry_date: fullDate('until'),
              codes: { claim: ['codes'], encoding: { list: { map: { code: text() } } } },
            },
          },
        },
      },
      un_distinguishing_sign: text('sign'),
      age_over_18: { claim: ['adult'], encoding: 'boolean' },
      height: { claim: ['height'], encoding: 'integer' },
      resident_city: text('address', 'town'),
      nickname: text('nickname'),
    },
    'org.example.1': { ratio: { claim: ['ratio'], encoding: 'number' }, debt: { claim: ['debt'], encoding: 'integer' } },
  },
} satisfies JsonObject;

export const licenceClaims = {
  family_name: 'كريم',
  given_name: 'Ælfrīc 𝒜',
  birthdate: '1988-03-27',
  issued: '2026-01-02',
  until: '2036-01-02T23:59:59.5+02:00',
  country: 'XO',
  authority: 'Office',
  number: 'OR204517482',
  portrait: `data:image/png;base64,${Buffer.alloc(20_000, 7).toString('base64')}`,
  rights: [
    { code: 'A1', since: '2010-05-06', until: '2036-01-02' },
    { code: 'B', codes: ['01', '95'] },
  ],
  sign: 'XO',
  adult: true,
  height: 178,
  address: { town: 'Orsana City' },
  ratio: 0.1,
  debt: -70_000,
} satisfies JsonObject;

/** What a verifier must find of them, apart from dates and the portrait. */
export const licencePortrait = Buffer.alloc(20_000, 7);

export interface MdocOffice {
  readonly root: Uint8Array;
  readonly signer: Signer;
  issue(more?: Partial<Order>): Promise<string>;
  /** The same licence by a type that asks for an algorithm. */
  issueWith(algorithm: SigningAlgorithm): Promise<{ readonly credential: string; readonly metadata: JsonObject }>;
  close(): Promise<void>;
}

const rules = Object.keys({ ...licenceClaims, nickname: '' }).map((name) => ({
  path: [name],
  mandatory: false,
  disclosure: 'selective' as const,
  display: [],
}));

/** An office that gives driving licences, keys and certificates as in production. */
export async function openMdocOffice(holder: PublicJwk): Promise<MdocOffice> {
  const folder = await mkdtemp(join(tmpdir(), 'chancery-mdoc-office-'));
  const issuers = { one: { commonName: 'Office', organisation: 'Office', country: 'XO', identifier: issuer } };
  const keys = await createFileKeyStore({ folder, keyEncryptionKey: Buffer.alloc(32, 1), clock: systemClock, issuers });
  const signer = await keys.signer('credential:one');
  const profileOf = (raw: JsonObject) => msoMdoc.read(raw, { issuer, version: 1, rules, display: [] });
  const issue = msoMdoc.compile(profileOf(licence));
  const day = 86_400_000;
  const today = new Date(Math.floor(Date.now() / day) * day);
  const order: Order = {
    issuer,
    issuerDid: 'did:web:issuer.example',
    claims: licenceClaims,
    holder: { jwk: holder, did: 'did:example:holder' },
    issuedAt: today,
    expiresAt: new Date(today.getTime() + 90 * day),
    signer,
  };
  return {
    root: await keys.trustAnchor('one'),
    signer,
    issue: async (more) => String(await issue({ ...order, ...more })),
    async issueWith(algorithm) {
      const profile = profileOf({ ...licence, algorithm });
      const by = await keys.signer('credential:one', msoMdoc.algorithm(profile));
      return { credential: String(await msoMdoc.compile(profile)({ ...order, signer: by })), metadata: msoMdoc.metadata(profile) };
    },
    close: () => rm(folder, { recursive: true, force: true }),
  };
}
