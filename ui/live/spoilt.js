// The current digit and how it is spoilt, for every view that shows noise: it follows the pen.

import { corrupt } from "./noise.js";
import { drawingToDigit } from "./preprocess.js";
import { watchCanvas } from "./canvas.js";
import { decodeFloats } from "./model.js";
import { announce, element, isNews, listen, slider } from "./view.js";

export class SpoiltDigit {
  knobs = element("div", { className: "knobs" }); // For the view that shows the hole's sliders.

  // Calls onChange() at each frame in which the pen has changed the digit. A drawing that is no digit changes nothing.
  constructor(host, onChange) {
    this.host = host;
    const ignore = listen(host, "hole", (hole) => {
      this.hole = hole;
      onChange();
    });
    const unwatch = watchCanvas((pixels, height, width) => host.guard(() => {
      const digit = this.data.drawing && drawingToDigit(pixels, height, width);
      if (!digit) return;
      this.clean = digit;
      onChange();
    }));
    this.unmount = () => {
      unwatch();
      ignore();
    };
  }

  update(data) {
    if (isNews("hole", data, this.data)) this.hole = data.hole;
    if (isNews("corruption", data, this.data)) this.arrange(data.corruption);
    this.sliders.forEach((knob, axis) => { if (!knob.isHeld()) knob.set(this.hole[axis]); });
    this.data = data;
    this.clean = decodeFloats(data.clean);
    this.field = decodeFloats(data.field);
  }

  // Sliders for the hole's place, where there is a hole.
  arrange(corruption) {
    const names = corruption === "masking" ? ["Hole: up to down", "Hole: left to right"] : [];
    this.sliders = names.map((name, axis) => slider({
      name, min: 0, max: 1, step: 0.05,
      format: (share) => Number(share).toFixed(2),
      home: () => 0.5,
      onMove: (share) => announce("hole", this.hole.map((now, n) => (n === axis ? share : now))),
      onSettle: () => this.host.settle(this.hole, "hole"),
    }));
    this.knobs.replaceChildren(...this.sliders.map(({ row }) => row));
  }

  // 784 numbers in [0, 1]: the digit at a level of noise.
  at(level) {
    return corrupt(this.clean, this.data.corruption, level, this.field, this.hole);
  }
}
