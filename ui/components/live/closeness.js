// How close pictures come to the original, in three measures and one sentence.

import { inDecibels, mse, ssim } from "./metrics.js";
import { element } from "./view.js";

const MEASURES = {
  "Error (MSE)": (image, clean) => mse(image, clean).toFixed(4),
  "PSNR": (image, clean) => inDecibels(mse(image, clean)),
  "Likeness (SSIM)": (image, clean) => ssim(image, clean).toFixed(2),
};

// A column of measures for each name: {table, show(clean, images)}.
export function closeness(names) {
  const cells = {};
  const heading = (text, scope) => element("th", { textContent: text, scope });
  const rows = Object.keys(MEASURES).map((name) => {
    cells[name] = names.map(() => element("td"));
    return element("tr", {}, heading(name, "row"), ...cells[name]);
  });
  const head = element("tr", {}, element("td"), ...names.map((name) => heading(name, "col")));
  const show = (clean, images) => {
    for (const [name, measure] of Object.entries(MEASURES)) {
      images.forEach((image, column) => { cells[name][column].textContent = measure(image, clean); });
    }
  };
  return { table: element("table", {}, head, ...rows), show };
}

// What denoising did to the squared error, as a sentence.
export function verdict(before, after) {
  if (before === 0) {
    return "There is no noise to remove, so denoising can only lose the parts of the original that the code can't hold.";
  }
  if (after < before) return `Denoising removed ${(100 * (1 - after / before)).toFixed(0)}% of the squared error.`;
  return `Denoising made it worse, to ${(after / before).toFixed(1)} times the squared error: with so little noise, ` +
    "what the code loses of the original weighs more than the noise.";
}
