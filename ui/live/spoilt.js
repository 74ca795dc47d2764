// The current digit and how it is spoilt, for every view that shows noise: it follows the pen.

import { corrupt } from "./noise.js";
import { drawingToDigit } from "./preprocess.js";
import { watchCanvas } from "./canvas.js";
import { decodeFloats } from "./model.js";

export class SpoiltDigit {
  // Calls onChange() at each frame in which the pen has changed the digit. A drawing that is no digit changes nothing.
  constructor(host, onChange) {
    this.unmount = watchCanvas((pixels, height, width) => host.guard(() => {
      const digit = this.data.drawing && drawingToDigit(pixels, height, width);
      if (!digit) return;
      this.clean = digit;
      onChange();
    }));
  }

  update(data) {
    this.data = data;
    this.clean = decodeFloats(data.clean);
    this.field = decodeFloats(data.field);
  }

  // 784 numbers in [0, 1]: the digit at a level of noise.
  at(level) {
    return corrupt(this.clean, this.data.corruption, level, this.field, this.data.hole);
  }
}
