import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Instance } from '../support/instance.ts';
import { type Endpoint, type Good, get, issuer, post } from './fuzz-endpoints.ts';

const ids = ['018f3c5e-7d8a-7000-8000-000000000000'];

function withOperatorKey(method: 'GET' | 'POST', path: string, body: unknown) {
  return async ({ dataFolder }: Instance): Promise<() => Promise<Good>> => {
    const key = (await readFile(join(dataFolder, 'operator-key'), 'utf8')).trim();
    const headers = { authorization: `Bearer ${key}` };
    return async () => ({
      method,
      path,
      query: '',
      mediaType: 'application/json',
      body: method === 'GET' ? '' : JSON.stringify(body),
      headers,
    });
  };
}

/** A route behind a door that the key opens, so that what lies behind is reached. */
const asks = (path: string, body: Readonly<Record<string, unknown>>, more: readonly string[] = []): Endpoint => ({
  ...post(`operators: ${path}`, path, 'json', { members: [...Object.keys(body), ...more], openDoor: withOperatorKey('POST', path, body) }),
  operators: true,
});
const reads = (path: string, members: readonly string[] = ['x']): Endpoint => ({
  ...get(`operators: ${path}`, path, 'json', members),
  operators: true,
  openDoor: withOperatorKey('GET', path, undefined),
});

const groups = ['individual_id', 'registry', 'wallet_key', 'wallet', 'batch'];
const type = `${issuer}/credential-types`;
const credential = {
  '@context': ['https://www.w3.org/ns/credentials/v2'],
  type: ['VerifiableCredential'],
  credentialSubject: { id: 'did:example:alice', name: 'Alice' },
};
const unknownType = `${type}/nobody/1`;

/** Every address of the operators' listener. */
export const operatorEndpoints: readonly Endpoint[] = [
  reads('/health'),
  reads('/statistics'),
  reads('/openapi.json'),
  asks('/audit/verify', { service: 'operators' }, ['checkpoint']),
  reads('/audit/export', ['service']),
  reads('/keys'),
  reads('/operators'),
  reads('/operators/current'),
  { ...get('operators: the first', '/operators/first', 'html', ['invitation']), operators: true },
  post('operators: become the first', '/operators/first', 'json', { members: ['invitation', 'name'], operators: true }),
  asks('/operators', { name: 'Noor', roles: ['support'], expires_in_days: 1 }),
  asks('/operators/nobody/remove', { x: 1 }),
  // Behind the door, only requests from nothing: a good one would make a key each time.
  post('operators: rotation', '/keys/rotate', 'json', { members: ['purpose'], operators: true }),
  asks(`${issuer}/credentials/search`, { individual_id: '1', registry: 'population' }, groups),
  asks(`${issuer}/credentials/status`, { credential_ids: ids, status: 'invalid', reason: 'lost' }, [...groups, 'dry_run']),
  reads(`${issuer}/deferrals`, ['after']),
  asks(`${issuer}/deferrals/decide`, { deferral_id: 'A'.repeat(43), decision: 'approve', reason: 'seen' }),
  asks(`${issuer}/credential-offers`, { credential_configuration_ids: ['NationalIdentity'], grants: {}, lifetime_seconds: 60 }),
  asks(`${issuer}/pushed-claims`, { credential_configuration_ids: ['NationalIdentity'], claims: { full_name: 'x' }, lifetime_seconds: 60 }),
  asks(`${issuer}/credentials/issue`, { credential }, ['options']),
  asks(`${issuer}/credentials/derive`, { verifiableCredential: credential, options: { selectivePointers: ['/issuer'] } }),
  asks(`${issuer}/credentials/verify`, { verifiableCredential: credential, options: { returnCredential: true } }),
  asks(`${issuer}/presentations/verify`, { presentation: { ...credential, type: 'VerifiablePresentation' } }, ['verifiablePresentation']),
  reads(type),
  asks(type, { id: 'x', version: 1 }),
  asks(`${type}/check`, { id: 'x', version: 1 }),
  reads(unknownType),
  asks(`${unknownType}/publish`, { x: 1 }),
  asks(`${unknownType}/retire`, { x: 1 }),
  asks(`${unknownType}/restore`, { x: 1 }),
  asks('/pre-authorized-codes', {
    credential_issuer: 'https://elsewhere.example',
    credential_configuration_ids: ['NationalIdentity'],
    individual_id: '1',
    registry: 'population',
    tx_code: true,
  }),
];
