// How sure a model is of one noisy digit: samples of its posterior, sorted by what they read as, and how wide that is,
// while the noise level moves.

import { bench } from "./bench.js";
import { decodeFloats } from "./model.js";
import { likeliest } from "./reader.js";
import { element, fill, isNews, liveComponent, picture, statusLine } from "./view.js";

// A sample costs a pass through the decoder: those that don't fit into a frame wait for the next one.
const FRAME_BUDGET = 8; // Milliseconds.

class PosteriorView {
  constructor(host) {
    this.host = host;
    this.unmount = bench().listen(host, () => this.renew());
    this.deviation = picture(" ");
    this.number = element("span", { className: "number" });
    this.words = element("p", { className: "words" });
    this.samples = element("div", { className: "samples" });
    const spread = element("div", {}, element("p", { textContent: "Spread of the posterior" }), this.number, this.words);
    this.status = statusLine();
    host.stage.append(this.samples, ...this.status.elements, element("div", { className: "spread" }, this.deviation.figure, spread));
  }

  update(data) {
    if (isNews("epsilon", data, this.data)) {
      this.epsilon = decodeFloats(data.epsilon);
      this.pictures = Array.from({ length: data.samples }, (_, n) => picture(" ", `Sample ${n + 1}`));
      this.samples.replaceChildren(...this.pictures.map(({ figure }) => figure));
      this.decoded = [];
      this.next = 0;
    }
    this.data = data;
    this.deviation.describe(data.caption, data.caption);
    this.words.textContent = data.words.spread;
    this.renew();
  }

  renew() {
    this.posterior = null;
    this.stale = this.pictures?.length ?? 0;
    this.host.repaint();
  }

  paint([{ vae }]) {
    if (!bench().isReady) return false;
    const end = performance.now() + FRAME_BUDGET;
    this.posterior ??= vae.posterior(bench().noisy());
    const { mean, logVar } = this.posterior;
    this.number.textContent = `${(logVar.reduce((sum, value) => sum + value, 0) / 2).toFixed(1)} nats`;
    // Samples take turns, so that while the slider moves none is left behind for long.
    do {
      const start = this.next * mean.length;
      const z = mean.map((value, n) => value + Math.exp(logVar[n] / 2) * this.epsilon[start + n]);
      this.decoded[this.next] = vae.decode(z);
      this.pictures[this.next].show(this.decoded[this.next]);
      this.next = (this.next + 1) % this.pictures.length;
      this.stale -= 1;
    } while (this.stale > 0 && performance.now() < end);
    if (this.decoded.length === this.pictures.length) {
      this.deviation.show(deviations(this.decoded).map((value) => Math.min(value / this.data.white, 1)));
    }
    if (this.stale === 0) this.sort();
    return this.stale > 0;
  }

  // The most frequent reading first. Only once all samples are of one cloud: while the slider moves, each keeps its place.
  sort() {
    const { reader } = this.host;
    if (!reader) {
      this.status.say("");
      return;
    }
    const { words } = this.data;
    const readings = this.decoded.map((image) => likeliest(reader.read(image))[0]);
    const counts = countReadings(readings.map(({ reading }) => reading));
    const order = counts.flatMap(([reading]) => readings
      .map((found, n) => ({ ...found, n }))
      .filter((found) => found.reading === reading)
      .sort((a, b) => b.confidence - a.confidence));
    order.forEach(({ n, reading }, place) => {
      this.pictures[n].figure.style.order = place;
      this.pictures[n].describe(`Sample ${n + 1}, ${reading}`, String(reading));
    });
    const parts = counts.map(([digit, count], place) => fill(
      place ? words.fewer : words.most, { count, all: readings.length, digit },
    ));
    this.status.say(fill(words.read, { parts: parts.join(", ") }));
  }
}

// How often each reading comes, the most frequent first: [[reading, count], ...].
export function countReadings(readings) {
  const counts = new Map();
  for (const reading of readings) counts.set(reading, (counts.get(reading) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0]);
}

// The standard deviation of each pixel over several images.
function deviations(images) {
  const pixel = (n, of) => images.reduce((sum, image) => sum + of(image[n]), 0) / images.length;
  return images[0].map((_, n) => {
    const mean = pixel(n, (value) => value);
    return Math.sqrt(pixel(n, (value) => (value - mean) ** 2));
  });
}

export default liveComponent(PosteriorView);
