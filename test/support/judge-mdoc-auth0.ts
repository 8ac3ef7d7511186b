import { X509Certificate } from 'node:crypto';
import { type MDoc, Verifier } from '@auth0/mdl';

/** What @auth0/mdl found: every check of the issuer's part by its outcome. */
export interface Judgement {
  readonly document: MDoc['documents'][number] | undefined;
  readonly faults: readonly string[];
  readonly passed: number;
}

const text = (value: string) =>
  Buffer.concat([value.length < 24 ? Buffer.of(0x60 | value.length) : Buffer.of(0x78, value.length), Buffer.from(value)]);

/** The answer of a wallet that shows everything, without its own signature: @auth0/mdl reads credentials in no other form. */
function deviceResponse(doctype: string, issuerSigned: Uint8Array): Buffer {
  const document = [Buffer.of(0xa2), text('docType'), text(doctype), text('issuerSigned'), issuerSigned];
  const documents = [text('documents'), Buffer.of(0x81), ...document];
  return Buffer.concat([Buffer.of(0xa3), text('version'), text('1.0'), text('status'), Buffer.of(0), ...documents]);
}

/** Verifies an `IssuerSigned` by @auth0/mdl: signature, chain, validity, country and every digest. */
export async function judgeByAuth0(credential: string, doctype: string, root: Uint8Array): Promise<Judgement> {
  const faults: string[] = [];
  let passed = 0;
  const { documents } = await new Verifier([new X509Certificate(root).toString()]).verify(
    deviceResponse(doctype, Buffer.from(credential, 'base64url')),
    {
      onCheck: ({ status, category, check, reason }) => {
        if (category === 'DEVICE_AUTH') return;
        if (status === 'PASSED') passed += 1;
        else faults.push(`${check}: ${reason}`);
      },
    },
  );
  return { document: documents[0], faults, passed };
}
