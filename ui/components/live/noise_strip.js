// One digit across all noise levels, live: noisy above, denoised below, a column for each level.

import { bench } from "./bench.js";
import { inDecibels, mse } from "./metrics.js";
import { likeliest } from "./reader.js";
import { element, isNews, liveComponent, picture, slider, statusLine } from "./view.js";

// A column costs a whole pass through the network: those that don't fit into a frame wait for the next one.
const FRAME_BUDGET = 10; // Milliseconds.

// A column of the strip: {box, at(level, trained)}, with the pictures to show on.
function makeColumn() {
  const [noisy, denoised] = [picture(""), picture(" ")];
  denoised.figure.className = "denoised";
  const reading = element("p", { className: "reads" });
  const box = element("div", {}, noisy.figure, denoised.figure, reading);
  const column = { box, noisy, denoised, reading };
  column.at = (level, trained) => {
    const words = level.toFixed(2);
    column.level = level;
    noisy.describe(`Noisy, level ${words}`);
    denoised.describe(`Denoised, level ${words}`, words);
    box.classList.toggle("trained", trained);
  };
  return column;
}

class NoiseStrip {
  constructor(host) {
    this.host = host;
    this.columns = [];
    this.unmount = bench().listen(host, ({ level, ...others }) => { if (Object.keys(others).length) this.renew(); });
    this.knobs = element("div", { className: "knobs" });
    this.strip = element("div", { className: "strip" });
    this.status = statusLine();
    host.stage.append(element("div", { className: "strip-view" }, this.knobs, this.strip, ...this.status.elements));
  }

  addSliders([fewest, most]) {
    const asLevel = (level) => Number(level).toFixed(2);
    const add = (name, min, max, step, format, home = min) => slider({
      name, min, max, step, format,
      home: () => home,
      onMove: () => this.spread(),
      onSettle: () => this.host.settle(this.chosen()),
    });
    this.count = add("How many levels", fewest, most, 1, String);
    this.from = add("From level", 0, 1, 0.05, asLevel);
    this.to = add("To level", 0, 1, 0.05, asLevel, 1);
    this.knobs.append(this.count.row, this.from.row, this.to.row);
  }

  update(data) {
    if (!this.count) this.addSliders(data.counts);
    const isHeld = [this.count, this.from, this.to].some((knob) => knob.isHeld())
      || !this.host.trusts("settled", { count: data.count, range: data.range });
    if (isNews("count", data, this.data) && !isHeld) this.count.set(data.count);
    if (isNews("range", data, this.data) && !isHeld) {
      this.from.set(data.range[0]);
      this.to.set(data.range[1]);
    }
    this.data = data;
    this.spread();
  }

  // What the sliders say; the two ends of the range may be put either way round.
  chosen() {
    const ends = [this.from, this.to].map(({ input }) => Number(input.value));
    return { count: Number(this.count.input.value), range: [Math.min(...ends), Math.max(...ends)] };
  }

  // As many columns as chosen, at the levels chosen.
  spread() {
    const { count, range: [low, high] } = this.chosen();
    while (this.columns.length > count) this.columns.pop().box.remove();
    while (this.columns.length < count) {
      const column = makeColumn();
      this.columns.push(column);
      this.strip.append(column.box);
    }
    const [lowest, highest] = this.data.trained ?? [2, 2];
    this.columns.forEach((column, index) => {
      const level = low + (high - low) * index / (count - 1);
      column.at(level, lowest - 1e-6 <= level && level <= highest + 1e-6);
    });
    this.renew();
  }

  renew() {
    this.stale = this.columns.length;
    this.host.repaint();
  }

  paint([{ vae }]) {
    if (!bench().isReady) return false;
    const end = performance.now() + FRAME_BUDGET;
    // Columns take turns, so that while the pen moves none is left behind for long.
    while (this.stale > 0 && performance.now() < end) {
      this.next = ((this.next ?? -1) + 1) % this.columns.length;
      const column = this.columns[this.next];
      const noisy = bench().noisy(column.level);
      const denoised = vae.denoise(noisy);
      column.noisy.show(noisy);
      column.denoised.show(denoised);
      column.error = mse(denoised, bench().clean);
      const { reader } = this.host;
      column.reading.textContent = reader ? likeliest(reader.read(denoised))[0].reading : "";
      this.stale -= 1;
    }
    if (this.stale === 0) {
      this.columns.forEach(({ box, reading }, n) => {
        box.classList.toggle("turn", n > 0 && reading.textContent !== this.columns[n - 1].reading.textContent);
      });
      const [first, last] = [this.columns[0], this.columns.at(-1)];
      this.status.say(
        `PSNR of the denoised picture: ${inDecibels(first.error)} at level ${first.level.toFixed(2)}, ` +
        `${inDecibels(last.error)} at level ${last.level.toFixed(2)}.`,
      );
    }
    return this.stale > 0;
  }
}

export default liveComponent(NoiseStrip);
