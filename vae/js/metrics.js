// How close a picture comes to another: the measures of vae/metrics.py, on 784 numbers each.

import { IMAGE_SIZE } from "./network.js";

const SSIM_WINDOW = 7;

export function mse(image, reference) {
  let sum = 0;
  for (let i = 0; i < image.length; i++) sum += (image[i] - reference[i]) ** 2;
  return sum / image.length;
}

// In dB; infinite for equal images.
export const psnr = (image, reference) => -10 * Math.log10(mse(image, reference));

export function ssim(image, reference) {
  const count = SSIM_WINDOW ** 2;
  const [c1, c2] = [0.01 ** 2, 0.03 ** 2];
  const places = IMAGE_SIZE - SSIM_WINDOW + 1;
  let total = 0;
  for (let top = 0; top < places; top++) {
    for (let left = 0; left < places; left++) {
      let x = 0, y = 0, xx = 0, yy = 0, xy = 0;
      for (let row = top; row < top + SSIM_WINDOW; row++) {
        for (let i = row * IMAGE_SIZE + left; i < row * IMAGE_SIZE + left + SSIM_WINDOW; i++) {
          const a = image[i], b = reference[i];
          x += a; y += b; xx += a * a; yy += b * b; xy += a * b;
        }
      }
      x /= count;
      y /= count;
      const covariance = (sum, p, q) => (sum - count * p * q) / (count - 1); // Unbiased.
      const variances = covariance(xx, x, x) + covariance(yy, y, y);
      total += ((2 * x * y + c1) * (2 * covariance(xy, x, y) + c2)) / ((x * x + y * y + c1) * (variances + c2));
    }
  }
  return total / places ** 2;
}

export function inDecibels(error) {
  return error === 0 ? "perfect" : `${(-10 * Math.log10(error)).toFixed(1)} dB`;
}
