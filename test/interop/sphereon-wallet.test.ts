import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { OpenID4VCIClientV1_0_15, ProofOfPossessionBuilder } from '@sphereon/oid4vci-client';
import { type JWTHeaderParameters, type JWTPayload, SignJWT } from 'jose';
import { jsonOf, Messenger } from '../../examples/walk/exchange.ts';
import { type HeldKey, makeKey, readIssuer, requestCredential } from '../../examples/walk/holder.ts';
import { signIn } from '../../examples/walk/person.ts';
import { startInstance, withoutWallet } from '../support/instance.ts';
import { verifySdJwtVc } from '../support/judge-sd-jwt.ts';
import { personOf } from '../support/people.ts';

const clientId = 'walk';
const redirectUri = 'http://127.0.0.1:8099/callback';

/** The library asks its caller to sign; whatever header and claims it built are signed as they are. */
const signerOf = (key: HeldKey) => (header: object, payload: object) =>
  new SignJWT(payload as JWTPayload).setProtectedHeader(header as JWTHeaderParameters).sign(key.privateKey);

test('features A04, A15: the Sphereon wallet library takes a credential by code flow with PAR, PKCE and DPoP', async (t) => {
  const instance = await startInstance({ environment: withoutWallet });
  t.after(() => instance.stop());
  const issuer = `${instance.url.origin}/issuers/civil-registry`;
  const [dpopKey, holderKey] = [await makeKey(), await makeKey()];
  const offer = {
    credential_issuer: issuer,
    credential_configuration_ids: ['NationalIdentity'],
    grants: { authorization_code: { issuer_state: 'from-the-offer' } },
  };
  const uri = `openid-credential-offer://?credential_offer=${encodeURIComponent(JSON.stringify(offer))}`;
  const client = await OpenID4VCIClientV1_0_15.fromURI({ uri, clientId, alg: 'ES256', createAuthorizationRequestURL: false });
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
  // The library stops at draft 15, whose request has `proof`; its proof goes out in the one member that 1.0 renamed (libraries W-12).
  const proof = await ProofOfPossessionBuilder.fromAccessTokenResponse({
    accessTokenResponse: token,
    callbacks: { signCallback: ({ header, payload }) => signerOf(holderKey)(header, payload) },
    version: client.version(),
  })
    .withIssuer(client.getIssuer())
    .withAlg('ES256')
    .withJWK(holderKey.publicJwk as never)
    .withClientId(clientId)
    .withAccessTokenNonce(await client.acquireNonce())
    .build();
  const metadata = await readIssuer(new Messenger(), issuer);
  const body = { credential_configuration_id: 'NationalIdentity', proofs: { jwt: [proof.jwt] } };
  const response = await requestCredential(new Messenger(), metadata, { dpopKey: dpopKey, accessToken: token.access_token }, body);
  const [issued] = jsonOf(response, 200).credentials as { credential: string }[];
  assert.ok(issued);
  const claims = await verifySdJwtVc(issued.credential, new URL(`${issuer}/trust-anchor.cer`));
  assert.equal((claims.cnf as { jwk: { x: string } }).jwk.x, holderKey.publicJwk.x);
});
