/** Places, trades and studies of the invented country Orsana. */
export const streets = [
  'Harbour Street',
  'Lantern Lane',
  'Mill Road',
  'Old Market',
  'Orchard Row',
  'Riverside',
  'Salt Street',
  'School Lane',
  'Station Road',
  'Tamarind Avenue',
  'Temple Street',
  'Well Lane',
  'Weavers Row',
  'West Gate',
] as const;

export interface Locality {
  readonly name: string;
  readonly region: string;
  readonly postalCode: string;
}

export const localities: readonly Locality[] = [
  ['Orsana City', 'Orsana'],
  ['Velmira', 'Orsana'],
  ['Port Anselm', 'Coast'],
  ['Saltmere', 'Coast'],
  ['Dunwick', 'Coast'],
  ['Marrow Ford', 'Lowland'],
  ['Tessaly', 'Lowland'],
  ['Kharun', 'Lowland'],
  ['Ambaro', 'Highland'],
  ['Upper Ambaro', 'Highland'],
  ['Stonewell', 'Highland'],
  ['Nilavur', 'Delta'],
  ['Samut Keo', 'Delta'],
  ['Reedham', 'Delta'],
].map(([name = '', region = ''], index) => ({ name, region, postalCode: String(11_000 + index * 613) }));

export const crops = [
  'maize',
  'rice',
  'cassava',
  'millet',
  'sorghum',
  'beans',
  'coffee',
  'cotton',
  'groundnut',
  'teff',
  'wheat',
  'mango',
] as const;
export const irrigation = ['none', 'canal', 'well', 'drip'] as const;

export interface Study {
  readonly name: string;
  readonly field: string;
  readonly level: number;
}

/** Level by the European Qualifications Framework: 6 bachelor, 7 master, 8 doctorate. */
export const studies: readonly Study[] = [
  { name: 'Bachelor of Science', field: 'Agronomy', level: 6 },
  { name: 'Bachelor of Science', field: 'Computer Science', level: 6 },
  { name: 'Bachelor of Arts', field: 'History', level: 6 },
  { name: 'Bachelor of Laws', field: 'Law', level: 6 },
  { name: 'Bachelor of Nursing', field: 'Nursing', level: 6 },
  { name: 'Master of Engineering', field: 'Civil Engineering', level: 7 },
  { name: 'Master of Public Health', field: 'Public Health', level: 7 },
  { name: 'Master of Education', field: 'Education', level: 7 },
  { name: 'Doctor of Philosophy', field: 'Hydrology', level: 8 },
];
export const honours = ['', '', '', 'with merit', 'with distinction'] as const;
export const vehicleClasses = ['A1', 'A', 'B', 'B;C', 'A1;B', 'A;B', 'B;T', 'T'] as const;
