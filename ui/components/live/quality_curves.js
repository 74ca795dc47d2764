// PSNR and SSIM of one digit under rising noise: the counterpart of quality_curves in ui/noise_levels/curves.py.

import { psnr, ssim } from "./metrics.js";
import { corrupt } from "./corruptions.js";
import { medianFilter } from "./noise_sweep.js";

// Which of the levels come first, closer together where the curves bend.
const FIRST = [0, 0.05, 0.15, 0.3, 0.5, 0.75, 1];

// What becomes of a noisy picture by each method: as it is, through the median filter, denoised by each model.
const METHODS = (models) => [(noisy) => noisy, medianFilter, ...models.map(({ vae }) => (noisy) => vae.denoise(noisy))];

// Yields after each picture; when another round is complete, all figures so far: {draws, levels, psnr, ssim}, the last two
// by method, level and draw. The rounds: the first draw at a few levels, then at all, then one more draw each.
export function* qualityCurves({ clean, kind, hole, fields, levels, models }) {
  const methods = METHODS(models);
  const found = { psnr: methods.map(() => levels.map(() => [])), ssim: methods.map(() => levels.map(() => [])) };
  const all = levels.map((_, n) => n);
  const first = all.filter((n) => FIRST.some((level) => Math.abs(level - levels[n]) < 1e-6));
  const rest = all.filter((n) => !first.includes(n));
  const rounds = [[0, first, first], [0, rest, all], ...fields.slice(1).map((_, n) => [n + 1, all, all])];
  for (const [draw, indices, done] of rounds) {
    for (const index of indices) {
      const noisy = corrupt(clean, kind, levels[index], fields[draw], hole);
      for (const [method, treat] of methods.entries()) {
        const picture = treat(noisy);
        found.psnr[method][index][draw] = psnr(picture, clean);
        found.ssim[method][index][draw] = ssim(picture, clean);
        yield;
      }
    }
    const finished = (measure) => measure.map((byLevel) => done.map((index) => [...byLevel[index]]));
    yield { draws: draw + 1, levels: done.map((n) => levels[n]), psnr: finished(found.psnr), ssim: finished(found.ssim) };
  }
}
