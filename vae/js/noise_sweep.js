// One image under a rising level of corruption: the counterpart of vae/noise_sweep.py.

import { IMAGE_PIXELS, IMAGE_SIZE } from "./network.js";

const MEDIAN_REACH = 1; // The square around a pixel is 3 x 3.

// image: 784 numbers. Each becomes the median of the square around it; beyond the edge the image is mirrored.
export function medianFilter(image) {
  const filtered = new Float32Array(IMAGE_PIXELS);
  const inside = (place) => Math.min(Math.max(place, 0), IMAGE_SIZE - 1); // One step beyond, a mirror shows the edge.
  const square = [];
  for (let row = 0; row < IMAGE_SIZE; row++) {
    for (let column = 0; column < IMAGE_SIZE; column++) {
      let count = 0;
      for (let down = row - MEDIAN_REACH; down <= row + MEDIAN_REACH; down++) {
        for (let right = column - MEDIAN_REACH; right <= column + MEDIAN_REACH; right++) {
          const value = image[inside(down) * IMAGE_SIZE + inside(right)];
          let place = count++;
          for (; place > 0 && square[place - 1] > value; place--) square[place] = square[place - 1];
          square[place] = value;
        }
      }
      filtered[row * IMAGE_SIZE + column] = square[count >> 1];
    }
  }
  return filtered;
}

// The level at which denoising starts to pay: where `after` first rises from below `before` to above it; null where it
// never does. All three are lists of one length, the levels rising; `before` may be infinite.
export function crossing(levels, before, after) {
  const gain = after.map((value, n) => value - before[n] || 0); // Both infinite: equal.
  const first = gain.findIndex((value) => value > 0);
  if (first < 0) return null;
  if (first === 0) return levels[0];
  const [low, high] = [gain[first - 1], gain[first]];
  // From an infinite loss no line can be drawn.
  const share = Number.isFinite(low) && Number.isFinite(high) ? -low / (high - low) : 1;
  return levels[first - 1] + share * (levels[first] - levels[first - 1]);
}
