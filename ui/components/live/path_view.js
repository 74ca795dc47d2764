// The way of the digit's code through the codes of known digits, as the noise rises.

import { bench } from "./bench.js";
import { chartTable } from "./chart_table.js";
import { chartFrame, followPointer, svg } from "./chart_frame.js";
import { Gradual, fetcher, readFields } from "./gradual.js";
import { latentPaths, project } from "./latent_path.js";
import { element, fill, liveComponent, statusLine } from "./view.js";

const HEIGHT = 460;
const [SMALLEST, LARGEST] = [2.2, 6]; // Radii of stations, from the lowest to the highest level.
const FINGER = 24; // Pixels: how near a pointer has to be.

class PathView {
  constructor(host) {
    this.host = host;
    this.frame = chartFrame(HEIGHT);
    this.legend = element("div", { className: "legend" });
    this.reading = element("p", { className: "reading" });
    this.reading.setAttribute("aria-hidden", "true"); // The chart's name says it too.
    this.status = statusLine();
    this.caption = element("p", { className: "caption" });
    this.table = chartTable("");
    host.stage.append(
      this.legend, this.frame.figure, this.reading, ...this.status.elements, this.caption, this.table.box,
    );
    this.ring = svg("circle", { class: "ring", r: LARGEST + 3 });
    this.paths = [];
    this.fetchFields = fetcher(host, (bytes, url) => {
      this.fields = { url, rows: readFields(bytes) };
      this.gradual.renew();
    });
    this.fetchKnown = fetcher(host, (bytes, url) => this.place(bytes, url));
    this.gradual = new Gradual(host, {
      snapshot: (models) => this.snapshot(models),
      work: latentPaths,
      show: (paths) => this.show(paths),
    });
    followPointer(this.frame, (point) => {
      this.pointed = point && this.nearest(point);
      this.read();
    });
    this.unmount = () => {
      this.gradual.unmount();
      this.frame.unmount();
    };
  }

  update(data) {
    this.data = data;
    this.caption.textContent = data.words.caption;
    this.table.call(data.words.table);
    this.legend.replaceChildren(...data.colours.map((colour, label) => {
      const swatch = element("span", { className: "swatch" });
      swatch.style.background = colour;
      return element("span", {}, swatch, data.names[label]);
    }));
    this.fetchFields(data.fields);
    this.fetchKnown(data.known);
    this.gradual.renew();
  }

  // bytes: the codes of known digits, float32, then the places of their classes, two bytes each.
  place(bytes, url) {
    const { count } = this.data;
    const { buffer } = bytes.slice();
    const end = buffer.byteLength - 2 * count;
    this.known = { url, codes: new Float32Array(buffer, 0, end / 4), labels: new Uint16Array(buffer, end) };
    this.gradual.renew();
  }

  snapshot([{ vae, components }]) {
    const { clean, hole, corruption: kind, isReady } = bench();
    const { fields, corruption, known: url, origin, levels, draws } = this.data;
    // What the noise and the model are comes on several ways.
    if (!isReady || this.fields?.url !== fields || kind !== corruption || this.known?.url !== url) return null;
    const { codes, labels } = this.known;
    if (this.space?.url !== url) {
      const size = vae.latentDim;
      this.space = { url, components, origin, size };
      this.cloud = Array.from(labels, (label, n) => [...project(codes, n * size, this.space), label]);
    }
    const few = this.fields.rows.slice(0, draws);
    const { space, host: { reader } } = this;
    return { clean, kind, hole, levels, vae, labels, known: codes, space, fields: few, reader };
  }

  show(paths) {
    this.paths = paths;
    const { titles, words } = this.data;
    const [x, y] = titles.map((title, axis) => {
      const values = [...this.cloud.map((point) => point[axis]), ...paths.flat().map((station) => station["xy"[axis]])];
      const [low, high] = [Math.floor(Math.min(...values)), Math.ceil(Math.max(...values))];
      return { title, domain: low < high ? [low, high] : [low - 1, high + 1] };
    });
    this.frame.arrange(x, y);
    this.frame.draw((scale) => {
      this.scale = scale;
      this.paintCloud(`${this.space.url} ${x.domain} ${y.domain}`);
      this.paintPaths();
      this.read();
    });
    const first = paths[0];
    const turns = first.filter(({ label }, n) => n === 0 || label !== first[n - 1].label);
    const parts = turns.map(({ label, level }, n) => fill(
      [turns.length > 1 ? words.first : words.only, words.turn][Math.min(n, 1)],
      { what: words.classes[label], level: level.toFixed(2) },
    ));
    this.table.renew(() => [
      [words.level, ...titles, words.what],
      ...first.map(({ level, x: across, y: up, label }) => [
        level.toFixed(2), ...[across, up].map((value) => value.toFixed(2).replace("-", "−")), words.classes[label],
      ]),
    ]);
    this.status.say(fill(words.story, { parts: parts.join(words.then) }));
  }

  // Only when it has changed: it is thousands of dots.
  paintCloud(what) {
    const { x, y, box } = this.scale;
    const { ground } = this.frame;
    const ratio = globalThis.devicePixelRatio || 1;
    const state = `${what} ${box.width} ${ratio}`;
    if (this.painted === state) return;
    this.painted = state;
    Object.assign(ground, { width: Math.round(box.width * ratio), height: Math.round(box.height * ratio) });
    Object.assign(ground.style, {
      left: `${box.x}px`, top: `${box.y}px`, width: `${box.width}px`, height: `${box.height}px`,
    });
    const context = ground.getContext("2d");
    context.scale(ratio, ratio);
    context.globalAlpha = 0.35;
    for (const [across, up, label] of this.cloud) {
      context.fillStyle = this.data.colours[label];
      context.beginPath();
      context.arc(x(across), y(up), 2.1, 0, 2 * Math.PI);
      context.fill();
    }
  }

  paintPaths() {
    const { x, y } = this.scale;
    this.stations = this.paths.flatMap((path, draw) => path.map((station) => ({
      ...station, draw, left: x(station.x), top: y(station.y),
    })));
    const trails = this.paths.map((path) => svg("polyline", {
      class: "trail", points: path.map((station) => `${x(station.x).toFixed(1)},${y(station.y).toFixed(1)}`).join(" "),
    }));
    const dots = this.stations.map(({ left, top, level, label }) => svg("circle", {
      class: "station", cx: left, cy: top, r: SMALLEST + (LARGEST - SMALLEST) * level, fill: this.data.colours[label],
    }));
    this.frame.plot.replaceChildren(...trails, ...dots, this.ring);
  }

  nearest(point) {
    let best = null, least = FINGER;
    for (const station of this.stations ?? []) {
      const distance = Math.hypot(station.left - point.x, station.top - point.y);
      if (distance <= least) [best, least] = [station, distance];
    }
    return best && { draw: best.draw, level: best.level };
  }

  // Tells of the station at the pointer, or else of the first draw's at the level of the page.
  read() {
    if (!this.stations?.length) return;
    this.level = bench().level;
    const { draw, level } = this.pointed ?? { draw: 0, level: this.level };
    const ofDraw = this.stations.filter((station) => station.draw === draw);
    if (!ofDraw.length) return;
    const station = ofDraw.reduce((best, one) => (Math.abs(one.level - level) < Math.abs(best.level - level) ? one : best));
    this.ring.setAttribute("cx", station.left);
    this.ring.setAttribute("cy", station.top);
    const { words } = this.data;
    const said = fill(words.station, { level: station.level.toFixed(2), draw: draw + 1, what: words.classes[station.label] });
    this.reading.textContent = said;
    this.frame.describe(`${words.alt}. ${said}`);
  }

  paint(models) {
    if (this.level !== bench().level) this.read();
    return this.gradual.step(models);
  }
}

export default liveComponent(PathView);
