// The six corruptions of vae/corruptions.py, number for number. The random field comes from there too, so that the noise is
// the same on the page, in a download and in a link.

import { IMAGE_SIZE } from "./network.js";

const MAX_BLUR = 4;

// As Python rounds: halves to the even neighbour.
function roundHalfToEven(x) {
  const rounded = Math.round(x);
  return Math.abs(x % 1) === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}

function mask(image, level, _field, [down, right]) {
  const side = roundHalfToEven(level * IMAGE_SIZE);
  const top = roundHalfToEven(down * (IMAGE_SIZE - side));
  const left = roundHalfToEven(right * (IMAGE_SIZE - side));
  const masked = Float32Array.from(image);
  for (let row = top; row < top + side; row++) {
    masked.fill(0, row * IMAGE_SIZE + left, row * IMAGE_SIZE + left + side);
  }
  return masked;
}

function blur(image, level) {
  const sigma = MAX_BLUR * level;
  if (sigma < 1e-3) return image;
  const weight = (offset) => Math.exp(-0.5 * (offset / sigma) ** 2);
  let total = 0;
  for (let offset = -4 * IMAGE_SIZE; offset <= 4 * IMAGE_SIZE; offset++) total += weight(offset);
  const kernel = Array.from({ length: IMAGE_SIZE }, (_, offset) => weight(offset) / total);
  // Blurring rows and turning the picture, twice, blurs both ways and turns it back.
  const blurAndTurn = (source) => {
    const turned = new Float32Array(source.length);
    for (let row = 0; row < IMAGE_SIZE; row++) {
      for (let column = 0; column < IMAGE_SIZE; column++) {
        let sum = 0;
        for (let n = 0; n < IMAGE_SIZE; n++) sum += kernel[Math.abs(n - column)] * source[row * IMAGE_SIZE + n];
        turned[column * IMAGE_SIZE + row] = sum;
      }
    }
    return turned;
  };
  return blurAndTurn(blurAndTurn(image));
}

// (image, level, field, hole) -> image, unclipped.
const CORRUPTIONS = {
  gaussian: (image, level, field) => image.map((value, i) => value + Math.fround(level) * field[i]),
  speckle: (image, level, field) => image.map((value, i) => value * (1 + Math.fround(level) * field[i])),
  salt_and_pepper: (image, level, field) => {
    const [pepper, salt] = [Math.fround(level / 2), Math.fround(1 - level / 2)];
    return image.map((value, i) => (field[i] >= salt ? 1 : field[i] < pepper ? 0 : value));
  },
  dropout: (image, level, field) => image.map((value, i) => (field[i] < Math.fround(level) ? 0 : value)),
  masking: mask,
  blur,
};

// image, field: 784 numbers; level in [0, 1]; hole: (down, right) in [0, 1]. The counterpart of vae.corruptions.apply.
export function corrupt(image, kind, level, field, hole) {
  return CORRUPTIONS[kind](image, level, field, hole).map((value) => Math.min(Math.max(value, 0), 1));
}
