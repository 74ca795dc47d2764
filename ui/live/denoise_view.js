// The denoise page's live part: what the model sees, spoilt and denoised, while the pen or the noise slider moves.

import { corrupt } from "./noise.js";
import { drawingToDigit } from "./preprocess.js";
import { watchCanvas } from "./canvas.js";
import { inDecibels, mse, ssim } from "./metrics.js";
import { element, isNews, liveComponent, picture, slider, statusLine } from "./view.js";
import { decodeFloats } from "./model.js";

const MEASURES = {
  "Error (MSE)": (image, clean) => mse(image, clean).toFixed(4),
  "PSNR": (image, clean) => inDecibels(mse(image, clean)),
  "Likeness (SSIM)": (image, clean) => ssim(image, clean).toFixed(2),
};

function verdict(before, after) {
  if (before === 0) {
    return "There is no noise to remove, so the denoised picture can only lose: what the code can't hold of the " +
      "original is missing.";
  }
  if (after < before) return `Denoising took away ${(100 * (1 - after / before)).toFixed(0)}% of the squared error.`;
  return `Denoising made it worse, to ${(after / before).toFixed(1)} times the squared error: with so little noise, ` +
    "what the code can't hold of the original weighs more than the noise.";
}

// Three measures of the noisy and the denoised picture, {table, show(clean, noisy, denoised)}.
function closeness() {
  const cells = {};
  const heading = (text, scope) => element("th", { textContent: text, scope });
  const rows = Object.keys(MEASURES).map((name) => {
    cells[name] = [element("td"), element("td")];
    return element("tr", {}, heading(name, "row"), ...cells[name]);
  });
  const head = element("tr", {}, element("td"), heading("Noisy", "col"), heading("Denoised", "col"));
  const show = (clean, noisy, denoised) => {
    for (const [name, measure] of Object.entries(MEASURES)) {
      [noisy, denoised].forEach((image, column) => { cells[name][column].textContent = measure(image, clean); });
    }
  };
  return { table: element("table", {}, head, ...rows), show };
}

class DenoiseView {
  constructor(host) {
    this.host = host;
    this.level = null;
    this.pictures = {
      clean: picture("What the model sees"),
      noisy: picture("Noisy"),
      denoised: picture("Denoised"),
    };
    this.slider = slider({
      name: "Noise level",
      min: 0, max: 1, step: 0.01,
      format: (level) => level.toFixed(2),
      home: () => 0,
      onMove: (level) => {
        this.level = level;
        host.repaint();
      },
      onSettle: (level) => host.settle(level),
    });
    this.status = statusLine();
    this.closeness = closeness();
    const figures = Object.values(this.pictures).map(({ figure }) => figure);
    host.stage.append(
      this.slider.row, element("div", { className: "three" }, ...figures), ...this.status.elements,
      this.closeness.table,
    );
    this.unmount = watchCanvas((pixels, height, width) => host.guard(() => {
      const digit = this.data.drawing && drawingToDigit(pixels, height, width);
      if (!digit) return;
      this.clean = digit;
      host.repaint();
    }));
  }

  update(data) {
    if (isNews("level", data, this.data) && !this.slider.isHeld()) {
      this.level = data.level;
      this.slider.set(data.level);
    }
    this.data = data;
    this.clean = decodeFloats(data.clean);
    this.pictures.clean.describe(`${data.title}, at 28 by 28 pixels`);
    this.field = decodeFloats(data.field);
  }

  paint({ vae }) {
    const { clean, level } = this;
    const noisy = corrupt(clean, this.data.corruption, level, this.field, this.data.hole);
    const denoised = vae.denoise(noisy);
    this.pictures.clean.show(clean);
    this.pictures.noisy.show(noisy);
    this.pictures.noisy.describe(`Noisy, level ${level.toFixed(2)}`);
    this.pictures.denoised.show(denoised);
    this.closeness.show(clean, noisy, denoised);
    const [before, after] = [mse(noisy, clean), mse(denoised, clean)];
    const sentence = verdict(before, after);
    this.status.say(sentence, `${sentence} PSNR ${inDecibels(before)} noisy, ${inDecibels(after)} denoised.`);
  }
}

export default liveComponent(DenoiseView);
