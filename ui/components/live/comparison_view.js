// The noisy digit denoised by several models, side by side.

import { bench } from "./bench.js";
import { closeness } from "./closeness.js";
import { inDecibels, mse } from "./metrics.js";
import { readsAs } from "./reads_as.js";
import { element, isNews, liveComponent, picture, statusLine } from "./view.js";

class ComparisonView {
  constructor(host) {
    this.unmount = bench().listen(host, () => host.repaint());
    this.status = statusLine();
    this.host = host;
  }

  update(data) {
    if (isNews("names", data, this.data)) this.arrange(data.names);
    this.data = data;
  }

  arrange(names) {
    this.clean = picture("Original");
    this.noisy = picture("Noisy");
    this.denoised = names.map((name) => picture(name));
    this.readings = this.denoised.map(({ figure }) => {
      const reading = readsAs();
      figure.append(reading.box);
      return reading;
    });
    this.closeness = closeness(["Noisy", ...names]);
    const figures = [this.clean, this.noisy, ...this.denoised].map(({ figure }) => figure);
    this.host.stage.replaceChildren(
      element("div", { className: "pictures" }, ...figures), ...this.status.elements, this.closeness.table,
    );
  }

  paint(models) {
    if (!bench().isReady) return;
    const { clean, level, title } = bench();
    const noisy = bench().noisy();
    this.clean.show(clean);
    this.clean.describe(title);
    this.noisy.show(noisy);
    this.noisy.describe(`Noisy, level ${level.toFixed(2)}`);
    const denoised = models.map(({ vae }) => vae.denoise(noisy));
    denoised.forEach((image, index) => {
      this.denoised[index].show(image);
      this.readings[index].show(this.host, image);
    });
    this.closeness.show(clean, [noisy, ...denoised]);
    const [before, ...after] = [noisy, ...denoised].map((image) => mse(image, clean));
    const reached = this.data.names.map((name, index) => `${name} ${inDecibels(after[index])}`);
    const sentence = this.closest(before, after);
    this.status.say(sentence, `${sentence} PSNR: noisy ${inDecibels(before)}, ${reached.join(", ")}.`);
  }

  closest(before, after) {
    const least = Math.min(...after);
    if (before <= least) return "The noisy picture itself comes closest to the original: none of the models helps here.";
    return `${this.data.names[after.indexOf(least)]} comes closest to the original.`;
  }
}

export default liveComponent(ComparisonView);
