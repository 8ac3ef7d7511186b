import { type CredentialFormat, ProfileFault } from '../../../src/formats/format.ts';
import { base64url, utf8 } from '../../../src/lib/bytes.ts';
import { numericDate } from '../../../src/lib/clock.ts';
import { isJsonObject } from '../../../src/lib/json.ts';

interface PaperSlipProfile {
  readonly title: string;
  readonly path: string;
}

/** A fifth format, for the test that adding one is one folder and one line: what is known of somebody as text, and a signature under it. */
export const paperSlip: CredentialFormat<PaperSlipProfile> = {
  identifier: 'paper_slip',
  statusLists: ['token_status_list'],
  read(raw, { version }) {
    const title = isJsonObject(raw) ? raw.title : undefined;
    if (typeof title !== 'string' || !/^[a-z]+$/.test(title)) throw new ProfileFault('/profile/title', 'must be one word');
    return { title, path: `/slips/${title}/v${version}` };
  },
  algorithm: () => 'ES256',
  claimPath: (_profile, path) => path,
  metadata: ({ title }) => ({ format: 'paper_slip', title }),
  documents: ({ title, path }) => [{ path, mediaType: 'text/plain', body: utf8(`How to read a ${title}`) }],
  compile:
    ({ path }) =>
    async ({ issuer, claims, expiresAt, signer }) => {
      const until = expiresAt ? numericDate(expiresAt) : null;
      const text = JSON.stringify({ issuer, reading: issuer + path, key: signer.keyId, until, ...claims });
      return `${base64url(text)}.${base64url(await signer.sign(utf8(text)))}`;
    },
};
