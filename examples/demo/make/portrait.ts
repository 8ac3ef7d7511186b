import { crc32 } from 'node:zlib';

/** Colours of one portrait: sixteen at most, four bits a pixel. */
export interface PortraitColours {
  readonly ground: readonly [number, number, number];
  readonly cloth: readonly [number, number, number];
  readonly skin: readonly [number, number, number];
  readonly hair: readonly [number, number, number];
}

const shades = [1, 0.94, 0.86, 0.76] as const;

/** Which of the four parts a point belongs to, in a frame from -1 to 1 each way, and how dark it is there. */
function partAt(x: number, y: number): { part: number; shade: number } {
  const inside = (cx: number, cy: number, rx: number, ry: number) => ((x - cx) / rx) ** 2 + ((y - cy) / ry) ** 2;
  const light = Math.min(3, Math.max(0, Math.floor((x + y + 1.4) * 1.25)));
  if (inside(0, -0.1, 0.38, 0.5) < 1 && y > -0.34 + 0.3 * x * x) return { part: 2, shade: light };
  if (inside(0, -0.26, 0.46, 0.52) < 1 && y < 0.05) return { part: 3, shade: light };
  if (inside(0, 0.42, 0.16, 0.3) < 1) return { part: 2, shade: Math.min(3, light + 1) };
  if (inside(0, 1.12, 0.8, 0.66) < 1) return { part: 1, shade: light };
  return { part: 0, shade: Math.min(3, Math.max(0, Math.floor((y + 1) * 1.6))) };
}

function chunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const frame = Buffer.alloc(body.length + 8);
  frame.writeUInt32BE(data.length, 0);
  body.copy(frame, 4);
  frame.writeUInt32BE(crc32(body), body.length + 4);
  return frame;
}

function adler32(data: Uint8Array): number {
  let [a, b] = [1, 0];
  for (const byte of data) {
    a = (a + byte) % 65_521;
    b = (b + a) % 65_521;
  }
  return ((b << 16) | a) >>> 0;
}

/** A zlib stream of stored blocks (RFC 1950, RFC 1951 §3.2.4): the same bytes whatever compressor a platform ships. */
function store(data: Uint8Array): Buffer {
  const parts: Buffer[] = [Buffer.from([0x78, 0x01])];
  for (let start = 0; start < data.length; start += 65_535) {
    const block = data.subarray(start, start + 65_535);
    const head = Buffer.from([start + block.length >= data.length ? 1 : 0, 0, 0, 0, 0]);
    head.writeUInt16LE(block.length, 1);
    head.writeUInt16LE(block.length ^ 0xffff, 3);
    parts.push(head, Buffer.from(block));
  }
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(adler32(data));
  return Buffer.concat([...parts, sum]);
}

/** A drawn head and shoulders as PNG (palette, 4 bits a pixel, uncompressed): nobody's face. `width` is even. */
export function drawPortrait({ ground, cloth, skin, hair }: PortraitColours, width: number, height: number): Buffer {
  const palette = Buffer.from(
    [ground, cloth, skin, hair].flatMap((colour) => shades.flatMap((shade) => colour.map((part) => Math.round(part * shade)))),
  );
  const lines = Buffer.alloc(height * (width / 2 + 1));
  for (let y = 0; y < height; y += 1)
    for (let x = 0; x < width; x += 1) {
      const { part, shade } = partAt((x / width) * 2 - 1, (y / height) * 2.4 - 1.2);
      const at = y * (width / 2 + 1) + 1 + (x >> 1);
      lines[at] = (lines[at] ?? 0) | ((part * 4 + shade) << (x % 2 === 0 ? 4 : 0));
    }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([4, 3, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    chunk('PLTE', palette),
    chunk('IDAT', store(lines)),
    chunk('IEND', new Uint8Array()),
  ]);
}
