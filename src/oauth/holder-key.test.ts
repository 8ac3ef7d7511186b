import assert from 'node:assert/strict';
import { test } from 'node:test';
import { didJwkOf, readHolderKid } from './holder-key.ts';

const ed25519 = 'z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp';
const p256 = 'zDnaerDaTF5BXEavCrfRZEk316dpbLsfPDZ3WJ5hRTPFU2169';
/** The example of the did:jwk method, §5.1. */
const wrapped =
  'eyJjcnYiOiJQLTI1NiIsImt0eSI6IkVDIiwieCI6ImFjYklRaXVNczNpOF91c3pFakoydHBUdFJNNEVVM3l6OTFQSDZDZEgyVjAiLCJ5IjoiX0tjeUxqOXZXTXB0bm1LdG00NkdxRHo4d2Y3NEk1TEtncmwyR3pIM25TRSJ9';

test('standards V-74: the keys of the did:key and did:jwk examples are read', () => {
  assert.deepEqual(readHolderKid(`did:key:${ed25519}`), {
    method: 'did:key',
    did: `did:key:${ed25519}`,
    jwk: { kty: 'OKP', crv: 'Ed25519', x: 'O2onvM62pC1io6jQKm8Nc2UyFXcd4kOmOsBIoYtZ2ik' },
  });
  assert.deepEqual(readHolderKid(`did:key:${p256}#${p256}`), {
    method: 'did:key',
    did: `did:key:${p256}`,
    jwk: {
      kty: 'EC',
      crv: 'P-256',
      x: 'fyNYMN0976ci7xqiSdag3buk-ZCwgXU4kz9XNkBlNUI',
      y: 'hW2ojTNfH7Jbi8--CJUo3OCbH3y5n91g-IMA9MLMbTU',
    },
  });
  for (const kid of [`did:jwk:${wrapped}`, `did:jwk:${wrapped}#0`])
    assert.deepEqual(readHolderKid(kid), {
      method: 'did:jwk',
      did: `did:jwk:${wrapped}`,
      jwk: {
        kty: 'EC',
        crv: 'P-256',
        x: 'acbIQiuMs3i8_uszEjJ2tpTtRM4EU3yz91PH6CdH2V0',
        y: '_KcyLj9vWMptnmKtm46GqDz8wf74I5LKgrl2GzH3nSE',
      },
    });
});

test('standards V-74: a key that came without a DID gets the did:jwk of its public members', () => {
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: 'O2onvM62pC1io6jQKm8Nc2UyFXcd4kOmOsBIoYtZ2ik', kid: 'mine', use: 'sig' } as const;
  const did = didJwkOf(jwk);
  assert.deepEqual(readHolderKid(did), { method: 'did:jwk', did, jwk: { kty: 'OKP', crv: 'Ed25519', x: jwk.x } });
});

test('standards V-74: identifiers of other keys, other methods and other spellings are refused', () => {
  const jwk = (value: unknown) => `did:jwk:${Buffer.from(JSON.stringify(value)).toString('base64url')}`;
  const refused = [
    '',
    'did',
    'did:key',
    'did:key:',
    `did:key:${ed25519.slice(1)}`,
    `did:key:${ed25519.slice(0, -1)}`,
    `did:key:${ed25519}1`,
    `did:key:${ed25519}#other`,
    `did:key:${ed25519}#0`,
    `did:key:1.1:${ed25519}`,
    `DID:key:${ed25519}`,
    `did:web:${ed25519}`,
    'did:key:z0OIl',
    `did:key:z${'1'.repeat(200)}`,
    // secp256k1, X25519 and P-384 of the method's own vectors.
    'did:key:zQ3shokFTS3brHcDQrn82RUDfCZESWL1ZdCEJwekUDPQiYBme',
    'did:key:z6LSeu9HkTHSfLLeUs2nnzUSNedgDUevfNQgQjQC23ZCit6F',
    'did:key:z82Lm1MpAkeJcix9K8TMiLd5NMAhnwkjjCBeWHXyu3U4oT2MVJJKXkcVBgjGhnLBn2Kaau9',
    `did:jwk:${wrapped}=`,
    `did:jwk:${wrapped}#1`,
    jwk({ kty: 'oct', k: 'AAAA' }),
    jwk({ kty: 'OKP', crv: 'Ed25519', x: 'O2onvM62pC1io6jQKm8Nc2UyFXcd4kOmOsBIoYtZ2ik', d: 'AA' }),
    jwk([]),
    `did:jwk:${Buffer.from('{').toString('base64url')}`,
    `did:jwk:${'A'.repeat(8000)}`,
  ];
  for (const kid of refused) assert.equal(readHolderKid(kid), undefined, kid);
});
