import type { Encoding } from './elements.ts';

interface Mandatory {
  readonly namespace: string;
  /** Names of the elements, and the encodings the standard allows for each. */
  readonly elements: Readonly<Record<string, readonly Encoding['kind'][]>>;
}

/** ISO/IEC 18013-5 table 5: what every driving licence holds (standards MD-10). */
const drivingLicence: Mandatory = {
  namespace: 'org.iso.18013.5.1',
  elements: {
    family_name: ['text'],
    given_name: ['text'],
    birth_date: ['full-date'],
    issue_date: ['full-date', 'tdate'],
    expiry_date: ['full-date', 'tdate'],
    issuing_country: ['text'],
    issuing_authority: ['text'],
    document_number: ['text'],
    portrait: ['bytes'],
    driving_privileges: ['list'],
    un_distinguishing_sign: ['text'],
  },
};

const doctypes: ReadonlyMap<string, Mandatory> = new Map([['org.iso.18013.5.1.mDL', drivingLicence]]);

/** What a standard asks of documents of this type; `undefined` where none is known. */
export function findMandatory(doctype: string): Mandatory | undefined {
  return doctypes.get(doctype);
}
