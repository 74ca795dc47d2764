// The denoise page's live part: what the model sees, spoilt and denoised, while the pen or the noise slider moves.

import { corrupt } from "./noise.js";
import { drawingToDigit } from "./preprocess.js";
import { watchCanvas } from "./canvas.js";
import {
  decodeFloats, element, formatDecibels, liveComponent, meanSquaredError, picture, slider, statusLine,
} from "./view.js";

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
    const figures = Object.values(this.pictures).map(({ figure }) => figure);
    host.stage.append(
      this.slider.row, element("div", { className: "pictures three" }, ...figures), ...this.status.elements,
    );
    this.unmount = watchCanvas((pixels, height, width) => host.guard(() => {
      const digit = this.data.drawing && drawingToDigit(pixels, height, width);
      if (!digit) return;
      this.clean = digit;
      host.repaint();
    }));
  }

  update(data) {
    // A rerun may still carry the level from before the last move; only a level that is news counts.
    if (data.level !== this.data?.level && !this.slider.isHeld()) {
      this.level = data.level;
      this.slider.set(data.level);
    }
    this.data = data;
    this.clean = decodeFloats(data.clean);
    this.field = decodeFloats(data.field);
  }

  paint({ vae }) {
    const { clean, level } = this;
    const noisy = corrupt(clean, this.data.corruption, level, this.field, this.data.hole);
    const denoised = vae.denoise(noisy);
    this.pictures.clean.show(clean);
    this.pictures.noisy.show(noisy);
    this.pictures.denoised.show(denoised);
    const [before, after] = [meanSquaredError(noisy, clean), meanSquaredError(denoised, clean)];
    this.status.say(
      `PSNR ${formatDecibels(before)} → ${formatDecibels(after)} · ` +
      `error (MSE) ${before.toFixed(4)} → ${after.toFixed(4)}`,
      `Denoising changed the PSNR from ${formatDecibels(before)} to ${formatDecibels(after)}, ` +
      `and the error from ${before.toFixed(4)} to ${after.toFixed(4)}.`,
    );
  }
}

export default liveComponent(DenoiseView);
