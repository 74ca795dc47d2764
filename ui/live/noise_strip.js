// One digit across all noise levels, live: spoilt above, denoised below, a column for each level.

import { corrupt } from "./noise.js";
import { drawingToDigit } from "./preprocess.js";
import { watchCanvas } from "./canvas.js";
import { inDecibels, mse } from "./metrics.js";
import { element, liveComponent, picture, statusLine } from "./view.js";
import { decodeFloats } from "./model.js";

// A column costs a whole pass through the network: those that don't fit into a frame wait for the next one.
const FRAME_BUDGET = 10; // Milliseconds.

class NoiseStrip {
  constructor(host) {
    this.host = host;
    this.strip = element("div", { className: "strip" });
    this.status = statusLine();
    host.stage.append(this.strip, ...this.status.elements);
    this.unmount = watchCanvas((pixels, height, width) => host.guard(() => {
      const digit = this.data.drawing && drawingToDigit(pixels, height, width);
      if (digit) this.renew(digit);
    }));
  }

  update(data) {
    if (["levels", "trained"].some((name) => String(data[name]) !== String(this.data?.[name]))) {
      this.columns = data.levels.map((level, index) => {
        const noisy = picture("", `Noisy, level ${level.toFixed(2)}`);
        const denoised = picture(level.toFixed(2), `Denoised, level ${level.toFixed(2)}`);
        const column = element("div", { className: data.trained[index] ? "trained" : "" });
        column.append(noisy.figure, denoised.figure);
        return { level, noisy, denoised, column };
      });
      this.strip.replaceChildren(...this.columns.map(({ column }) => column));
    }
    this.data = data;
    this.field = decodeFloats(data.field);
    this.renew(decodeFloats(data.clean));
  }

  renew(clean) {
    this.clean = clean;
    this.stale = this.columns.length;
    this.host.repaint();
  }

  paint({ vae }) {
    const end = performance.now() + FRAME_BUDGET;
    // Columns take turns, so that while the pen moves none is left behind for long.
    while (this.stale > 0 && performance.now() < end) {
      this.next = ((this.next ?? -1) + 1) % this.columns.length;
      const column = this.columns[this.next];
      const noisy = corrupt(this.clean, this.data.corruption, column.level, this.field, this.data.hole);
      const denoised = vae.denoise(noisy);
      column.noisy.show(noisy);
      column.denoised.show(denoised);
      column.error = mse(denoised, this.clean);
      this.stale -= 1;
    }
    if (this.stale === 0) {
      const [first, last] = [this.columns[0], this.columns.at(-1)];
      this.status.say(
        `PSNR of the denoised digit: ${inDecibels(first.error)} at level ${first.level.toFixed(2)}, ` +
        `${inDecibels(last.error)} at level ${last.level.toFixed(2)}.`,
      );
    }
    return this.stale > 0;
  }
}

export default liveComponent(NoiseStrip);
