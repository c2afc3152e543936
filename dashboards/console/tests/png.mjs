// How is a picture of a screen kept small? Few colours are enough for one.
import UPNG from 'upng-js';
import { writeFileSync } from 'node:fs';

export function writeSmall(path, png) {
  const image = UPNG.decode(png.buffer.slice(png.byteOffset, png.byteOffset + png.byteLength));
  const small = Buffer.from(UPNG.encode(UPNG.toRGBA8(image), image.width, image.height, 128));
  writeFileSync(path, small);
  return small.length;
}
