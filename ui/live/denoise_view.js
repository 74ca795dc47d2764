// One digit clean, spoilt, and denoised by one model or several, while the pen or the noise slider moves.

import { inDecibels, mse, ssim } from "./metrics.js";
import { SpoiltDigit } from "./spoilt.js";
import { announce, element, isNews, liveComponent, picture, slider, statusLine } from "./view.js";

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

// The measures of several pictures, a column for each name: {table, show(clean, images)}.
function closeness(names) {
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

class DenoiseView {
  constructor(host) {
    this.level = null;
    this.spoilt = new SpoiltDigit(host, () => host.repaint());
    this.unmount = this.spoilt.unmount;
    this.slider = slider({
      name: "Noise level",
      min: 0, max: 1, step: 0.01,
      format: (level) => level.toFixed(2),
      home: () => 0,
      onMove: (level) => {
        this.level = level;
        host.repaint();
        announce("level", level);
      },
      onSettle: (level) => host.settle(level),
    });
    this.status = statusLine();
    this.results = element("div");
    host.stage.append(this.slider.row, this.results);
  }

  update(data) {
    if (isNews("level", data, this.data) && !this.slider.isHeld()) {
      this.level = data.level;
      this.slider.set(data.level);
    }
    if (isNews("names", data, this.data)) this.arrange(data.names);
    this.data = data;
    this.spoilt.update(data);
    this.clean.describe(`${data.title}, at 28 by 28 pixels`);
  }

  // A picture and a column of measures for each model.
  arrange(names) {
    this.clean = picture("What the model sees");
    this.noisy = picture("Noisy");
    this.denoised = names.map((name) => picture(name));
    this.closeness = closeness(["Noisy", ...names]);
    const figures = [this.clean, this.noisy, ...this.denoised].map(({ figure }) => figure);
    // Several models stand on a page with a strip, whose sliders move the hole for all.
    const knobs = names.length > 1 ? [] : [this.spoilt.knobs];
    this.results.replaceChildren(
      ...knobs, element("div", { className: "pictures" }, ...figures), ...this.status.elements,
      this.closeness.table,
    );
  }

  preview() {
    const noisy = this.spoilt.at(this.level);
    this.clean.show(this.spoilt.clean);
    this.noisy.show(noisy);
    this.noisy.describe(`Noisy, level ${this.level.toFixed(2)}`);
    return noisy;
  }

  paint(models) {
    const noisy = this.preview();
    const denoised = models.map(({ vae }) => vae.denoise(noisy));
    denoised.forEach((image, index) => this.denoised[index].show(image));
    this.closeness.show(this.spoilt.clean, [noisy, ...denoised]);
    const [before, ...after] = [noisy, ...denoised].map((image) => mse(image, this.spoilt.clean));
    const reached = this.data.names.map((name, index) => `${inDecibels(after[index])} ${name.toLowerCase()}`);
    const sentence = models.length > 1 ? this.closest(before, after) : verdict(before, after[0]);
    this.status.say(sentence, `${sentence} PSNR ${inDecibels(before)} noisy, ${reached.join(", ")}.`);
  }

  closest(before, after) {
    const least = Math.min(...after);
    if (before <= least) return "The noisy picture itself comes closest to the original: none of the models helps here.";
    return `${this.data.names[after.indexOf(least)]} comes closest to the original.`;
  }
}

export default liveComponent(DenoiseView);
