import { type Guard, guardsIn } from './guard.ts';

export const formatGuards: readonly Guard[] = [
  ...guardsIn('src/formats/ldp-vc/profile.ts', 'test/hostile/json-ld.test.ts', [
    {
      without: 'the closed table of suites and keys',
      text: 'algorithm === undefined ? first : known.find((entry) => entry.algorithm === algorithm)',
      instead: 'algorithm === undefined ? first : first',
      red: /quality T8, Q35, R39, standards LD-5: a poisoned type is refused/,
    },
  ]),
  ...guardsIn('src/formats/ldp-vc/plan.ts', 'test/hostile/json-ld.test.ts', [
    {
      without: 'the digest of the suite in the labels of blank nodes',
      text: "digest(name, quads.sort().join(''))",
      instead: "digest(name && 'sha256', quads.sort().join(''))",
      red: /performance C-01, C-02/,
    },
  ]),
  ...guardsIn('src/formats/ldp-vc/selective/derived-proof.ts', 'test/interop/ecdsa-sd-2023.test.ts', [
    {
      without: 'a signature for every statement that is shown',
      text: 'if (others.length !== signatures.length)',
      instead: 'if (false as boolean)',
      red: /features B43, standards DI-5: a proof value that is cut/,
    },
    {
      without: 'the signature of what is always shown',
      text: "if (!verify('sha256', signed, { key, dsaEncoding: 'ieee-p1363' }, baseSignature)) return false;",
      instead: '',
      red: /features B43, B48, standards DI-5: VCDM/,
    },
  ]),
  ...guardsIn('src/formats/ldp-vc/selective/mandatory.ts', 'test/interop/ecdsa-sd-2023.test.ts', [
    {
      without: 'the status among what no holder can keep back',
      text: "  '/credentialStatus',\n",
      instead: '',
      red: /features B43, B48, standards DI-5: VCDM/,
    },
  ]),
  ...guardsIn('src/formats/ldp-vc/verifying.ts', 'test/interop/vc-api.test.ts', [
    {
      without: 'the controller of the key of a proof',
      text: "if (controller !== undefined && verificationMethod.split('#')[0] !== controller)",
      instead: 'if (false as boolean)',
      red: /features B36, standards LD-8, DI-8: presentations are judged/,
    },
    {
      without: 'the purpose of a proof',
      text: 'if (proofPurpose !== purpose)',
      instead: 'if (false as boolean)',
      red: /features B36, standards LD-8, DI-8: presentations are judged/,
    },
  ]),
  ...guardsIn('src/issuer/vc-api/issue-document.ts', 'test/interop/vc-api.test.ts', [
    {
      without: 'the issuer a clerk may speak for',
      text: 'if (named !== undefined && named !== issuerDid)',
      instead: 'if (false as boolean)',
      red: /features B36: another issuer, a place in our own lists/,
    },
    {
      without: 'places of our own lists that nobody writes by hand',
      text: 'checkStatus(credential, config);',
      instead: '',
      red: /features B36: another issuer, a place in our own lists/,
    },
  ]),
  ...guardsIn('src/formats/browser/mso-mdoc.ts', 'src/formats/browser/mso-mdoc.test.ts', [
    {
      without: 'the curve that an algorithm needs',
      text: 'signer.curve !== algorithm.curve || ',
      instead: '',
      red: /features B48, standards MD-7: a document of a type/,
    },
  ]),
];
