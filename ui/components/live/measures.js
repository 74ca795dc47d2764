// What can be measured of a digit: the formulas of vae/properties.py and vae/slant.py, on 784 numbers.

import { IMAGE_SIZE } from "./network.js";

function moments(image) {
  let ink = 0, x = 0, y = 0, xx = 0, yy = 0, xy = 0;
  image.forEach((value, n) => {
    const column = n % IMAGE_SIZE, row = Math.floor(n / IMAGE_SIZE);
    ink += value;
    x += value * column;
    y += value * row;
    xx += value * column * column;
    yy += value * row * row;
    xy += value * column * row;
  });
  const some = Math.max(ink, 1e-12);
  const [meanX, meanY] = [x / some, y / some];
  return {
    ink,
    varX: xx / some - meanX ** 2,
    varY: yy / some - meanY ** 2,
    covariance: xy / some - meanX * meanY,
  };
}

// Half of the total variation, at the corners between four pixels.
function strokeLength(image) {
  const at = (row, column) =>
    row < 0 || column < 0 || row >= IMAGE_SIZE || column >= IMAGE_SIZE ? 0 : image[row * IMAGE_SIZE + column];
  let total = 0;
  for (let row = 0; row <= IMAGE_SIZE; row++) {
    for (let column = 0; column <= IMAGE_SIZE; column++) {
      const [a, b, c, d] = [at(row - 1, column - 1), at(row - 1, column), at(row, column - 1), at(row, column)];
      total += Math.hypot((b - a + d - c) / 2, (c - a + d - b) / 2);
    }
  }
  return total / 2;
}

const blockOf = (variance) => Math.sqrt(12 * Math.max(variance, 0) + 1);

// By the names of `vae.properties.PROPERTIES`; slant in degrees, all else in pixels.
export const PROPERTY_MEASURES = {
  slant: (image) => {
    const { covariance, varY } = moments(image);
    return varY > 1e-6 ? (Math.atan(-covariance / varY) * 180) / Math.PI : 0;
  },
  thickness: (image) => moments(image).ink / Math.max(strokeLength(image), 1e-12),
  width: (image) => {
    const { varX, varY, covariance } = moments(image);
    return blockOf(varX - covariance ** 2 / Math.max(varY, 1e-6));
  },
  height: (image) => blockOf(moments(image).varY),
};
