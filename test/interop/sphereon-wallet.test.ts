import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { OpenID4VCIClientV1_0_15 } from '@sphereon/oid4vci-client';
import { type JWTHeaderParameters, type JWTPayload, SignJWT } from 'jose';
import { Messenger } from '../../examples/walk/exchange.ts';
import { type HeldKey, makeKey } from '../../examples/walk/holder.ts';
import { signIn } from '../../examples/walk/person.ts';
import { startInstance } from '../support/instance.ts';
import { verifySdJwtVc } from '../support/judge-sd-jwt.ts';
import { personOf } from '../support/people.ts';

const clientId = 'walk';
const redirectUri = 'http://127.0.0.1:8099/callback';

/** The library asks its caller to sign; whatever header and claims it built are signed as they are. */
const signerOf = (key: HeldKey) => (header: object, payload: object) =>
  new SignJWT(payload as JWTPayload).setProtectedHeader(header as JWTHeaderParameters).sign(key.privateKey);

test('features A04, A15: the Sphereon wallet library takes a credential by code flow with PAR, PKCE and DPoP', async (t) => {
  const instance = await startInstance();
  t.after(() => instance.stop());
  const issuer = `${instance.url.origin}/issuers/civil-registry`;
  const [dpopKey, holderKey] = [await makeKey(), await makeKey()];
  const client = await OpenID4VCIClientV1_0_15.fromCredentialIssuer({
    credentialIssuer: issuer,
    clientId,
    alg: 'ES256',
    createAuthorizationRequestURL: false,
  });
  const address = await client.createAuthorizationRequestUrl({
    authorizationRequest: { clientId, redirectUri, scope: 'openid national_identity' },
  });
  const person = await personOf('ordinary', 'password', instance.url);
  const answer = await signIn(new Messenger(), new URL(address), redirectUri, person);
  const createDPoPOpts = {
    jwtIssuer: { alg: 'ES256' as const, jwk: dpopKey.publicJwk },
    jwtPayloadProps: { jti: randomUUID() },
    dPoPSigningAlgValuesSupported: ['ES256'],
    createJwtCallback: (_issuer: unknown, { header, payload }: { header: object; payload: object }) =>
      signerOf(dpopKey)(header, { ...payload, jti: randomUUID() }),
  };
  const token = await client.acquireAccessToken({
    code: answer.searchParams.get('code') ?? '',
    redirectUri,
    clientId,
    createDPoPOpts: createDPoPOpts as never,
  });
  assert.equal(token.token_type, 'DPoP');
  const response = await client.acquireCredentials({
    credentialConfigurationId: 'NationalIdentity',
    format: 'dc+sd-jwt',
    alg: 'ES256',
    jwk: holderKey.publicJwk as never,
    createDPoPOpts: createDPoPOpts as never,
    proofCallbacks: { signCallback: ({ header, payload }) => signerOf(holderKey)(header, payload) },
  });
  const [issued] = response.credentials ?? [];
  assert.ok(issued, JSON.stringify(response));
  const claims = await verifySdJwtVc(String(issued.credential), new URL(`${issuer}/trust-anchor.cer`));
  assert.equal((claims.cnf as { jwk: { x: string } }).jwk.x, holderKey.publicJwk.x);
});
