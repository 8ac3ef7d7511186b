/** Values of one item. ISO/IEC 18013-5 §7.2.1 writes a day as `full-date`, a moment as `tdate`, an image as bytes. */
export const scalars = ['text', 'full-date', 'tdate', 'bytes', 'boolean', 'integer', 'number'] as const;
export type Scalar = (typeof scalars)[number];

/** How a claim is written. */
export type Encoding =
  | { readonly kind: Scalar }
  | { readonly kind: 'list'; readonly element: Encoding }
  | { readonly kind: 'map'; readonly members: readonly Element[] };

/** A data element, or a member of a structure: its name here, and where its value stands among the claims. */
export interface Element {
  readonly name: string;
  /** From the claims, or inside a structure from the value it is made of; empty for that value itself. */
  readonly claim: readonly (string | number)[];
  readonly encoding: Encoding;
}

export interface Namespace {
  readonly name: string;
  readonly elements: readonly Element[];
}

/** What an mdoc may be signed with here (ISO/IEC 18013-5 §9.1.2.4). */
export const mdocAlgorithms = ['ES256', 'ES384', 'EdDSA'] as const;
export type MdocAlgorithm = (typeof mdocAlgorithms)[number];

/** What is not in the claims is left out of the credential: which of them must be there, the type's own `claims` say. */
export interface MsoMdocProfile {
  readonly doctype: string;
  readonly algorithm: MdocAlgorithm;
  /** In the order of their encodings (RFC 8949 §4.2.1), as are the members of a structure. */
  readonly namespaces: readonly Namespace[];
}
