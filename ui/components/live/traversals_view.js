// Walks through the latent space, one direction a row: pictures along all rows, and one row large and moving.

import { bench } from "./bench.js";
import { decodeFloats } from "./model.js";
import { IMAGE_SIZE } from "./network.js";
import { makePlayer } from "./player.js";
import { readsAs } from "./reads_as.js";
import { Start } from "./start.js";
import { element, isNews, liveComponent, paintPixels, picture } from "./view.js";

// A picture costs a pass through the decoder: those that don't fit into a frame wait for the next one.
const FRAME_BUDGET = 8; // Milliseconds.

const inDeviations = (steps) => `${steps < 0 ? "−" : "+"}${Math.abs(steps).toFixed(1)} sd`;
const inWhole = (steps) => (steps ? `${steps < 0 ? "−" : "+"}${Math.abs(steps).toFixed(0)}` : "start");

class TraversalsView {
  constructor(host) {
    this.host = host;
    this.unmount = bench().listen(host, ({ clean }) => { if (clean) host.repaint(); });
    this.name = element("strong");
    this.large = picture("");
    this.readsAs = readsAs();
    this.large.figure.append(this.readsAs.box);
    this.player = element("div", { className: "player" });
    this.rows = element("div", { className: "rows" });
    host.stage.append(element("div", { className: "explorer" }, this.player, this.rows));
  }

  update(data) {
    const isOther = (...names) => names.some((name) => isNews(name, data, this.data));
    const [row, start, vectors, list] = [["row"], ["around"], ["vectors"], ["vectors", "labels", "shown"]]
      .map((names) => isOther(...names));
    this.data = data;
    if (!this.controls) this.addPlayer();
    if (row) this.row = data.row;
    if (start) this.start = new Start(data.around);
    if (vectors) this.vectors = decodeFloats(data.vectors);
    if (list) this.list();
    this.choose(this.row);
  }

  addPlayer() {
    const { reach, frames } = this.data;
    this.at = (index) => reach * (2 * index / (frames - 1) - 1);
    const format = (index) => inDeviations(this.at(index));
    this.controls = makePlayer({ count: frames, format, onMove: () => this.host.repaint() });
    this.player.append(this.name, this.large.figure, this.controls.box);
  }

  list() {
    const { labels, dead, shown, columns } = this.data;
    const marks = columns.map((steps) => element("span", { textContent: inWhole(steps) }));
    const scale = element("div", { className: "scale" }, ...marks);
    this.strips = labels.slice(0, shown).map((label, row) => {
      const button = element("button", { type: "button", textContent: dead[row] ? `${label} · dead` : label });
      const strip = element("canvas", { width: columns.length * (IMAGE_SIZE + 1) - 1, height: IMAGE_SIZE });
      strip.setAttribute("role", "img");
      strip.setAttribute("aria-label", this.describe(row));
      const box = element("div", { className: "row" }, button, strip);
      box.classList.toggle("dead", dead[row]);
      // The whole row can be clicked; the button is what keys and screen readers find.
      box.onclick = () => {
        this.choose(row);
        this.host.send("row", row); // At once: the downloads should be of this row when they are clicked next.
      };
      return { box, button, context: strip.getContext("2d") };
    });
    this.rows.replaceChildren(scale, ...this.strips.map(({ box }) => box));
    this.next = 0;
    this.renew();
  }

  describe(row) {
    const { labels, reach } = this.data;
    return `${labels[row]}, from −${reach} to ${reach} standard deviations`;
  }

  // Plays another row large.
  choose(row) {
    this.row = row;
    this.strips.forEach(({ button }, place) => button.setAttribute("aria-pressed", place === row));
    this.name.textContent = this.data.labels[row];
    this.large.describe(`Large: ${this.describe(row)}`);
    this.played = null;
    this.host.repaint();
  }

  renew() {
    this.played = null;
    this.stale = this.strips.length * this.data.columns.length;
    this.host.repaint();
  }

  walk(row, steps) {
    const { vae, code } = this.start;
    const begin = row * code.length;
    return vae.decode(code.map((value, n) => value + steps * this.vectors[begin + n]));
  }

  paint([{ vae }]) {
    const begun = performance.now();
    const isPlaying = this.controls.advance(begun);
    if (!this.start.isReady) return isPlaying;
    if (this.start.find(vae)) this.renew();
    const index = this.controls.index();
    if (index !== this.played) {
      const image = this.walk(this.row, this.at(index));
      this.large.show(image);
      this.readsAs.show(this.host, image);
    }
    this.played = index;
    const { columns } = this.data;
    // Pictures take turns, so that while the pen moves none is left behind for long.
    while (this.stale > 0 && performance.now() < begun + FRAME_BUDGET) {
      const place = this.next % (this.strips.length * columns.length);
      const [row, column] = [Math.floor(place / columns.length), place % columns.length];
      paintPixels(this.strips[row].context, this.walk(row, columns[column]), column * (IMAGE_SIZE + 1));
      this.next = place + 1;
      this.stale -= 1;
    }
    return isPlaying || this.stale > 0;
  }
}

export default liveComponent(TraversalsView);
