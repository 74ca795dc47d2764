// What every live view on a page works on: the current digit and its noise. The bench's view puts it here; all views
// hear of each change, at every frame. Each view is a script of its own, so it stands on the page's global object.

import { IMAGE_PIXELS } from "./network.js";
import { corrupt } from "./corruptions.js";
import { PATIENCE, element, slider } from "./view.js";

class Bench {
  listeners = new Set();
  clean = null; // 784 numbers in [0, 1].
  title = ""; // What it is.
  level = 0;
  corruption = "gaussian";
  field = null; // 784 random numbers.
  hole = [0.5, 0.5];
  first = null; // What the server denoised before the model came: of which digit, at which level.
  moved = new Map(); // What a slider has changed and Python hasn't confirmed: its value and when, by field.

  // Changes a field by hand: what Python says of it is old news until it says the same.
  move(field, value) {
    this.moved.set(field, { value: String(value), until: performance.now() + PATIENCE });
    this.change({ [field]: value });
  }

  // Whether what Python says of a field is news, not an answer that a slider has overtaken.
  trusts(field, value) {
    const moved = this.moved.get(field);
    if (!moved) return true;
    if (moved.value !== String(value) && performance.now() < moved.until) return false;
    this.moved.delete(field);
    return true;
  }

  // Tells everyone of changes to the fields above.
  change(fields) {
    Object.assign(this, fields);
    for (const hear of [...this.listeners]) hear(fields);
  }

  // Has changes heard as a host's work, until the function that it returns is called.
  listen(host, hear) {
    const listener = (fields) => host.guard(() => hear(fields));
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  // The server's denoised picture, as long as it is that of the current digit and its noise.
  get foreseen() {
    const { first } = this;
    const holds = first && first.level === this.level && first.corruption === this.corruption
      && first.clean.every((value, i) => value === this.clean[i]);
    return holds ? first.denoised : null;
  }

  get isReady() {
    return this.clean !== null;
  }

  // 784 numbers in [0, 1]: the digit at a level of noise.
  noisy(level = this.level) {
    return corrupt(this.clean, this.corruption, level, this.field, this.hole);
  }

  // The same for one of several digits, with its own part of a longer field.
  noisyOf(image, field, index) {
    const part = field.subarray(index * IMAGE_PIXELS, (index + 1) * IMAGE_PIXELS);
    return corrupt(image, this.corruption, this.level, part, this.hole);
  }
}

export const bench = () => (globalThis.liveBench ??= new Bench());

// The sliders of the noise: its level, with what stands beneath it, and where a hole stands, if there is one:
// {box, unmount}.
export function noiseSliders(host, beneath = "") {
  const level = slider({
    name: "Noise level",
    min: 0, max: 1, step: 0.01,
    format: (value) => value.toFixed(2),
    home: () => 0,
    onMove: (value) => bench().move("level", value),
    onSettle: (value) => host.settle(value, "level"),
  });
  const hole = ["Hole: top to bottom", "Hole: left to right"].map((name, axis) => slider({
    name,
    min: 0, max: 1, step: 0.05,
    format: (share) => Number(share).toFixed(2),
    home: () => 0.5,
    onMove: (share) => bench().move("hole", bench().hole.map((now, n) => (n === axis ? share : now))),
    onSettle: () => host.settle(bench().hole, "hole"),
  }));
  const show = () => {
    if (!level.isHeld()) level.set(bench().level);
    hole.forEach((one, axis) => {
      if (!one.isHeld()) one.set(bench().hole[axis]);
      one.row.hidden = bench().corruption !== "masking";
    });
  };
  const unmount = bench().listen(host, show);
  show();
  return { box: element("div", { className: "noise" }, level.row, beneath, ...hole.map(({ row }) => row)), unmount };
}
