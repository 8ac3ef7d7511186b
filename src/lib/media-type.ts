/** One range of an `Accept` header, such as `application/*;q=0.5`. */
interface Range {
  readonly pattern: string;
  readonly weight: number;
}

/** More ranges than any client needs; what stands behind them is not looked at. */
const maximumRanges = 20;

function readRanges(header: string): readonly Range[] {
  return header
    .split(',')
    .slice(0, maximumRanges)
    .map((part) => {
      const [pattern = '', ...parameters] = part.split(';').map((text) => text.trim().toLowerCase());
      const weight = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
      return { pattern, weight: weight === undefined ? 1 : /^(0(\.\d{0,3})?|1(\.0{0,3})?)$/.test(weight) ? Number(weight) : 0 };
    });
}

/** RFC 9110 §12.5.1: of the ranges that fit a media type the most precise one says how much it is wanted. */
function weightOf(ranges: readonly Range[], mediaType: string): number {
  const patterns = [mediaType, `${mediaType.slice(0, mediaType.indexOf('/'))}/*`, '*/*'];
  for (const wanted of patterns) {
    const range = ranges.find(({ pattern }) => pattern === wanted);
    if (range) return range.weight;
  }
  return 0;
}

/** The one of several media types, the best of ours first, that an `Accept` header wants most; `undefined` when it wants none. */
export function chooseMediaType<MediaType extends string>(
  header: string | undefined,
  offered: readonly MediaType[],
): MediaType | undefined {
  if (header === undefined || header.trim() === '') return offered[0];
  const ranges = readRanges(header);
  let [best, most]: [MediaType | undefined, number] = [undefined, 0];
  for (const mediaType of offered) {
    const weight = weightOf(ranges, mediaType);
    if (weight > most) [best, most] = [mediaType, weight];
  }
  return best;
}

/** RFC 9110 §12.5.3: whether an answer may come compressed. */
export function acceptsGzip(header: string | undefined): boolean {
  return readRanges(header ?? '').some(({ pattern, weight }) => pattern === 'gzip' && weight > 0);
}
