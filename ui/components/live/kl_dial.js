// The dial of the KL weight: siblings that differ in nothing else, one of them at a time, on the bench's digit and on the
// same draws from the prior.

import { bench } from "./bench.js";
import { codeCloud, readClouds } from "./code_cloud.js";
import { chartFrame, svg } from "./chart_frame.js";
import { chartTable } from "./chart_table.js";
import { fetcher } from "./gradual.js";
import { mse } from "./metrics.js";
import { decodeFloats, fetchModel } from "./model.js";
import { natBars } from "./nats.js";
import { likeliest } from "./reader.js";
import { shareInWords } from "./reads_as.js";
import { element, fill, isNews, liveComponent, picture, slider, statusLine } from "./view.js";

// Pictures that don't fit into a frame wait for the next one.
const FRAME_BUDGET = 8; // Milliseconds.
const READS = 0.9, CURVE_HEIGHT = 200;

// What a picture reads as, in few words: {text, sure}.
function read({ reader, data: { words, reader: { ends } } }, image) {
  const [{ reading, confidence }] = likeliest(reader.read(image));
  return { text: `${reading}, ${shareInWords(confidence, { words, ends })}`, sure: confidence > READS };
}

// Pictures of one size in a row or more, each with what it reads as: {box, show(n, image, reading)}.
function readPictures(count, name, className) {
  const all = Array.from({ length: count }, (_, n) => picture(" ", `${name} ${n + 1}`));
  const show = (n, image, { text, sure }) => {
    all[n].show(image);
    all[n].describe(`${name} ${n + 1}, reads as ${text}`, text);
    all[n].figure.classList.toggle("sure", sure);
  };
  return { box: element("div", { className }, ...all.map(({ figure }) => figure)), show };
}

const titled = (words, ...parts) =>
  element("section", {}, element("h2", { textContent: words }), ...parts);

class KlDial {
  constructor(host) {
    this.host = host;
    this.stops = new Map(); // What is known of each sibling that has been fetched: its model, its draws.
    const stop = bench().listen(host, ({ clean, title }) => {
      if (clean || title !== undefined) this.renew();
    });
    const take = fetcher(host, (bytes) => {
      this.clouds = readClouds(bytes, this.data.stops.length);
      host.repaint();
    });
    this.fetchClouds = take;
    this.unmount = () => {
      stop();
      this.curve?.unmount();
    };
  }

  update(data) {
    const before = this.data;
    this.data = data;
    if (!before) this.arrange();
    const isTrusted = this.host.trusts("stop", data.stop) && !this.dial.isHeld();
    if (isNews("stop", data, before) && isTrusted) this.choose(data.stop);
    if (isNews("draws", data, before)) {
      this.draws = rows(decodeFloats(data.draws), data.latentDim);
      this.epsilon = decodeFloats(data.epsilon);
      for (const known of this.stops.values()) known.drawn = [];
    }
    if (isNews("end", data, before)) {
      this.end = decodeFloats(data.end);
      this.ends.forEach((button, label) => button.setAttribute("aria-pressed", label === data.walkTo));
    }
    this.fetchClouds(data.clouds);
    this.renew();
  }

  arrange() {
    const { stops, words, draws, latentDim, steps } = this.data;
    this.dial = slider({
      name: words.dial,
      min: 0, max: stops.length - 1, step: 1,
      format: (place) => stops[place].name,
      home: () => 0,
      onMove: (place) => this.choose(place),
      onSettle: (place) => this.host.settle(place, "stop"),
    });
    const marks = element("div", { className: "marks" }, ...stops.map(({ name }) => element("span", { textContent: name })));
    marks.setAttribute("aria-hidden", "true");
    this.status = statusLine();
    this.digit = picture(" ");
    this.sampled = picture(" ");
    const count = decodeFloats(draws).length / latentDim;
    this.prior = readPictures(count, "Draw", "draws");
    this.walk = readPictures(steps.length, "Step", "walk");
    this.caption = Object.fromEntries(["prior", "walk", "bars", "cloud", "curve"].map(
      (name) => [name, element("p", { className: "caption" })]));
    this.bars = natBars();
    this.cloud = codeCloud();
    this.curve = this.makeCurve();
    this.ends = Array.from({ length: 10 }, (_, label) => element("button", {
      textContent: label, ariaLabel: `Walk to a ${label}`, onclick: () => this.host.send("end", label),
    }));
    const again = element("button", { className: "again", textContent: words.again, onclick: () => this.host.send("again", true) });
    this.host.stage.append(element("div", { className: "dial" },
      element("div", { className: "setting" }, this.dial.row, marks, ...this.status.elements),
      element("div", { className: "beside" },
        titled(words.digit, element("div", { className: "pictures" }, this.digit.figure, this.sampled.figure)),
        titled(words.curve, this.curve.figure, this.caption.curve, this.curve.table)),
      titled(words.prior, this.prior.box, this.caption.prior, again),
      element("div", { className: "beside" },
        titled(words.bars, this.bars.figure, this.caption.bars),
        titled(words.cloud, this.cloud.figure, this.caption.cloud)),
      titled(words.walk, element("div", { className: "ends" }, ...this.ends), this.walk.box, this.caption.walk),
    ));
  }

  makeCurve() {
    const frame = chartFrame(CURVE_HEIGHT);
    const { rate, distortion } = this.data.axes;
    frame.arrange(rate, distortion);
    const { words, stops: all } = this.data;
    const table = chartTable(words.table);
    table.renew(() => [words.columns, ...all.map(({ words: of }) => [of.weight, of.rate, of.distortion, of.read, of.distance])]);
    return {
      figure: frame.figure,
      table: table.box,
      unmount: frame.unmount,
      show: (stops, at) => frame.draw(({ x, y }) => {
        const places = stops.map(({ rate: nat, distortion: error }) => [x(Math.log10(nat)), y(error)]);
        frame.describe(fill(this.data.words.curveAlt, stops[at].words));
        frame.plot.replaceChildren(
          svg("polyline", { class: "trail", points: places.join(" ") }),
          ...places.map(([cx, cy]) => svg("circle", { cx, cy, r: 4, class: "station" })),
          svg("circle", { cx: places[at][0], cy: places[at][1], r: 8, class: "ring" }),
        );
      }),
    };
  }

  choose(place) {
    this.place = Number(place);
    this.dial.set(place);
    this.fetchFrom(this.place);
    this.renew();
  }

  // The sibling that is asked for, then its neighbours, one after the other.
  async fetchFrom(place) {
    const { stops } = this.data;
    const order = stops.map((_, n) => n).sort((a, b) => Math.abs(a - place) - Math.abs(b - place));
    for (const n of order) {
      if (this.place !== place) return; // The dial has moved on.
      if (this.stops.has(n)) continue;
      try {
        const { vae } = await fetchModel(...stops[n].model);
        this.stops.set(n, { vae, drawn: [] });
        if (n === this.place) this.renew();
      } catch (error) {
        // One that isn't asked for yet may come later.
        if (n === this.place) this.host.guard(() => { throw error; });
      }
    }
  }

  // Something may have changed: what is shown of the digit is made anew, the pictures of the draws as far as they are new.
  renew() {
    this.bits = null;
    this.isChanged = true;
    this.host.repaint();
  }

  paint() {
    const known = this.stops.get(this.place);
    if (!known || !this.host.reader || !this.clouds || !bench().isReady) return false;
    if (this.isChanged) {
      this.isChanged = false;
      this.showFigures();
      this.bits = this.work(known);
    }
    const end = performance.now() + FRAME_BUDGET;
    while (this.bits && performance.now() < end) {
      if (this.bits.next().done) this.bits = null;
    }
    return Boolean(this.bits);
  }

  showFigures() {
    const { stops, words } = this.data;
    const stop = stops[this.place];
    this.bars.show(stop.rates, stop.active, this.data.most);
    this.curve.show(stops, this.place);
    for (const [name, line] of Object.entries(this.caption)) line.textContent = fill(words.captions[name], stop.words);
    this.status.say(fill(words.status, stop.words));
  }

  showCloud(mean, logVar) {
    const { dimensions, reach, words } = this.data.stops[this.place];
    const own = [...dimensions.map((n) => mean[n]), ...dimensions.map((n) => Math.exp(logVar[n] / 2))];
    this.cloud.show(this.clouds[this.place], own, reach, fill(this.data.words.cloudAlt, words));
  }

  *work({ vae, drawn }) {
    const { clean, title } = bench();
    const { words, steps } = this.data;
    const { mean, logVar } = vae.posterior(clean);
    const sampled = vae.decode(mean.map((value, n) => value + Math.exp(logVar[n] / 2) * this.epsilon[n]));
    const { text } = read(this.host, sampled);
    this.digit.show(clean);
    this.digit.describe(title, title);
    this.sampled.show(sampled);
    const caption = fill(words.sampled, { error: mse(sampled, clean).toFixed(4), reading: text });
    this.sampled.describe(caption, caption);
    this.showCloud(mean, logVar);
    yield;
    for (let n = 0; n < this.draws.length; n++) {
      if (!drawn[n]) {
        const image = vae.decode(this.draws[n]);
        drawn[n] = [image, read(this.host, image)];
      }
      this.prior.show(n, ...drawn[n]);
      yield;
    }
    const end = vae.encode(this.end);
    for (const [n, share] of steps.entries()) {
      const image = vae.decode(mean.map((value, i) => value + share * (end[i] - value)));
      this.walk.show(n, image, read(this.host, image));
      yield;
    }
  }
}

const rows = (all, width) =>
  Array.from({ length: all.length / width }, (_, n) => all.subarray(n * width, (n + 1) * width));

export default liveComponent(KlDial);
