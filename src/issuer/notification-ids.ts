import { createHmac } from 'node:crypto';
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { base64url } from '../lib/bytes.ts';
import { seal, unseal } from '../lib/seal.ts';
import type { Grant } from './access-token.ts';

/** Names of answers, by which a wallet tells what became of them (OpenID4VCI 1.0 §11); making one writes nothing. */
export interface NotificationIds {
  mint(credentialIds: readonly string[], grant: Grant): string;
  /** The credentials of the answer; `undefined` when it was given to somebody else, by another issuer, or never. */
  read(notificationId: string, grant: Grant): readonly string[] | undefined;
}

const Kept = Type.Object({ credentials: Type.Array(Type.String()), owner: Type.String() });
const kept = Compile(Kept);

/** `secret` is 32 bytes; `identifier` is the Credential Issuer's. */
export function createNotificationIds(identifier: string, secret: Uint8Array): NotificationIds {
  const context = `notification\n${identifier}`;
  /** The person and client of a token, which stay the same when it is renewed. */
  const ownerOf = ({ server, clientId, payload }: Grant) =>
    base64url(
      createHmac('sha256', secret)
        .update(JSON.stringify([server.issuer, clientId ?? '', payload.sub ?? '']))
        .digest(),
    );
  return {
    mint: (credentialIds, grant) => seal(secret, context, { credentials: credentialIds, owner: ownerOf(grant) }),
    read(notificationId, grant) {
      const opened = unseal(secret, context, notificationId);
      return kept.Check(opened) && opened.owner === ownerOf(grant) ? opened.credentials : undefined;
    },
  };
}
