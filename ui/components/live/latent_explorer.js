// Walks through the latent space along its axes and along measured properties, a slider for each, and to where the
// picture reads as another digit.

import { aim } from "./aim.js";
import { PROPERTY_MEASURES } from "./measures.js";
import { decodeFloats } from "./model.js";
import { IMAGE_PIXELS, IMAGE_SIZE } from "./network.js";
import { readsAs } from "./reads_as.js";
import { element, fill, isNews, liveComponent, paintPixels, picture, slider, statusLine } from "./view.js";

const STOPS = [-1, -2 / 3, -1 / 3, 0, 1 / 3, 2 / 3, 1]; // Where a strip shows its slider, in shares of the reach.
const STRIP_BUDGET = 6; // Milliseconds of a frame for the strips, which may follow later.
const WALK_BUDGET = 12; // Milliseconds of a frame for the way to another digit.
const SWEEP = 4000; // Milliseconds for a traversal there and back.
const STILL_STEP = 1000; // Milliseconds for each of its pictures, for those who asked for less motion.

const inWords = (position) => `${position < 0 ? "−" : "+"}${Math.abs(position).toFixed(2)}`;

// Orange where there is more ink than before, blue where there is less, as ui/pictures.py's `diverging`.
const LESS = [0.25, 0.6, 1], MORE = [1, 0.62, 0.1];
const differenceColour = (value) => (value > 0 ? MORE : LESS).map((part) => part * Math.abs(value));

class LatentExplorer {
  constructor(host) {
    this.host = host;
    this.knobs = new Map(); // By "axis 3" or "slant": what a slider is, and where it stands.
    this.pictures = {
      now: picture("Where the sliders stand"),
      start: picture("The start"),
      difference: picture("Difference", "Difference: orange is more ink than at the start, blue is less"),
    };
    this.readsAs = readsAs();
    this.pictures.now.figure.append(this.readsAs.box);
    this.status = statusLine();
    this.aims = element("div", { className: "aims" });
    this.properties = element("div", { className: "sliders" });
    this.list = element("div", { className: "sliders" });
    this.heading = element("p", { className: "group" });
    const [now, ...others] = Object.values(this.pictures).map(({ figure }) => figure);
    host.stage.append(element(
      "div", { className: "explorer" },
      element("div", { className: "seen" }, now, this.aims, ...others, ...this.status.elements),
      element("div", { className: "groups" }, this.properties, this.heading, this.list),
    ));
  }

  update(data) {
    const [code, model, axes, listing, positions, raised] = ["code", "models", "labels", "listed", "positions", "raised"]
      .map((name) => isNews(name === "raised" ? "raised" : name, asText(data), this.data && asText(this.data)));
    const restarted = code || model || axes;
    const moved = restarted || ((positions || raised) && !this.isBusy());
    this.data = data;
    this.code = decodeFloats(data.code);
    if (restarted) {
      this.playing = this.aiming = null;
      this.host.forget();
      this.started = null;
      this.arrange();
    }
    if (moved) {
      this.knobs.forEach((knob) => {
        knob.position = knob.axis === undefined
          ? knob.origin + (data.raised[knob.name] ?? 0) * knob.deviation
          : data.positions[knob.axis];
        knob.set(knob.position);
      });
    }
    if (restarted || listing) this.listSliders();
  }

  // A knob for each axis, listed or not, and for each property.
  arrange() {
    const { labels, reach, step, origin, properties, axes, words } = this.data;
    const size = this.code.length;
    const [directions, inverse] = [decodeFloats(axes.directions), decodeFloats(axes.inverse)];
    this.inverse = inverse;
    this.knobs.clear();
    for (const { name, label, unit, start, deviation, direction } of properties) {
      const way = decodeFloats(direction);
      this.addKnob(name, {
        name, label, deviation, origin: start,
        spoken: label,
        min: start - reach * deviation, max: start + reach * deviation, step: reach * deviation / 60,
        format: (value) => `${value < 0 ? "−" : ""}${Math.abs(value).toFixed(1)}${unit}`,
        vector: way.map((value) => value / deviation),
        measured: element("small", { className: "measured" }),
      });
      const { row, measured } = this.knobs.get(name);
      row.append(measured);
    }
    labels.forEach((label, axis) => this.addKnob(`axis ${axis}`, {
      axis, label, origin: origin[axis],
      spoken: fill(words.axis, { number: axis + 1 }),
      min: -reach, max: reach, step, format: inWords,
      vector: directions.subarray(axis * size, (axis + 1) * size),
    }));
    this.properties.replaceChildren(...properties.map(({ name }) => this.knobs.get(name).row));
    this.heading.textContent = properties.length ? words.heading : "";
    this.showAims();
  }

  addKnob(id, knob) {
    Object.assign(knob, this.makeSlider(id, knob));
    this.knobs.set(id, knob);
  }

  listSliders() {
    const listed = this.data.listed.map((axis) => this.knobs.get(`axis ${axis}`));
    this.list.replaceChildren(...listed.map(({ row }) => row));
    const shown = [...this.data.properties.map(({ name }) => this.knobs.get(name)), ...listed];
    this.unfinished = shown.flatMap(({ missing }) => missing);
  }

  makeSlider(id, { label, spoken, min, max, step, format, origin }) {
    const strip = element("canvas", { className: "stops", width: STOPS.length * (IMAGE_SIZE + 1) - 1, height: IMAGE_SIZE });
    strip.setAttribute("aria-hidden", "true"); // It shows what the slider does, which its user hears.
    const go = (position) => {
      this.stop();
      made.set(position);
      this.move(id, position);
      this.settle();
    };
    const button = (textContent, title, onclick) => {
      const made = element("button", { type: "button", textContent, title, onclick });
      made.setAttribute("aria-label", title);
      return made;
    };
    const { words } = this.data;
    const play = button("▶", fill(words.play, { name: spoken }), () => this.playOrStop(id));
    const made = slider({
      name: label, spoken, min, max, step, format,
      home: () => origin,
      onMove: (position) => {
        this.stop();
        this.move(id, position);
      },
      onSettle: () => this.settle(),
    });
    made.set(origin);
    made.input.parentElement.before(play, button("↺", fill(words.back, { name: spoken }), () => go(origin)));
    made.row.append(strip);
    const at = (place) => (min + max) / 2 + STOPS[place] * (max - min) / 2;
    strip.onclick = ({ offsetX }) => go(at(Math.min(Math.floor(offsetX / strip.clientWidth * STOPS.length), STOPS.length - 1)));
    const context = strip.getContext("2d");
    const missing = STOPS.map((_, place) => ({ id, context, place, position: at(place) }));
    return { ...made, play, missing, position: origin };
  }

  move(id, position) {
    this.knobs.get(id).position = position;
    this.host.repaint();
  }

  // The code where all knobs stand, or where one alone stands elsewhere than at the start; what no slider holds stays as
  // it is.
  codeAt(knobs, positionOf = ({ position }) => position) {
    const z = Float32Array.from(this.code);
    for (const knob of knobs) {
      const way = positionOf(knob) - knob.origin;
      for (let d = 0; way !== 0 && d < z.length; d++) z[d] += way * knob.vector[d];
    }
    return z;
  }

  paint([{ vae }]) {
    const begun = performance.now();
    if (this.playing) this.sweep(begun);
    if (this.aiming) this.walk(vae);
    const now = vae.decode(this.codeAt(this.knobs.values()));
    this.started ??= vae.decode(this.code);
    this.pictures.now.show(now);
    this.pictures.start.show(this.started);
    this.pictures.difference.show(now.map((value, i) => value - this.started[i]), differenceColour);
    this.readsAs.show(this.host, now);
    this.aims.hidden = !this.host.reader;
    this.measure(now);
    this.report(now);

    while (this.unfinished.length && performance.now() < begun + STRIP_BUDGET) {
      const { id, context, place, position } = this.unfinished.shift();
      const image = vae.decode(this.codeAt([this.knobs.get(id)], () => position));
      paintPixels(context, image, place * (IMAGE_SIZE + 1));
      this.knobs.get(id).missing = this.unfinished.filter((task) => task.id === id);
    }
    return this.playing || this.aiming || this.unfinished.length > 0;
  }

  // Beneath a property's slider, which says what was asked for, what the picture has.
  measure(now) {
    for (const { name } of this.data.properties) {
      const { measured, format } = this.knobs.get(name);
      measured.textContent = fill(this.data.words.measured, { value: format(PROPERTY_MEASURES[name](now)) });
    }
  }

  report(now) {
    const { words } = this.data;
    const moved = [...this.knobs.values()].filter(({ position, origin }) => Math.abs(position - origin) > 1e-9);
    let changed = 0;
    for (let i = 0; i < IMAGE_PIXELS; i++) changed += Math.abs(now[i] - this.started[i]) / IMAGE_PIXELS;
    const percent = (100 * changed).toFixed(1);
    const sentence = [words.still, words.one][Math.min(moved.length, 1)];
    this.status.say(this.told ?? fill(moved.length > 1 ? words.several : sentence, { count: moved.length, percent }));
  }

  isBusy() {
    return Boolean(this.playing || this.aiming) || this.host.isWaiting() || [...this.knobs.values()].some((one) => one.isHeld());
  }

  settle() {
    const rounded = (value) => Math.round(value * 1e4) / 1e4;
    const positions = [], raised = {};
    this.knobs.forEach((knob) => {
      if (knob.axis === undefined) raised[knob.name] = rounded((knob.position - knob.origin) / knob.deviation);
      else positions[knob.axis] = rounded(knob.position);
    });
    this.host.settle({ positions, raised });
  }

  playOrStop(id) {
    const wasPlaying = this.playing?.id === id;
    this.stop();
    if (wasPlaying) return;
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const knob = this.knobs.get(id);
    // The sweep begins where the slider stands, on its way up.
    const share = Math.max(-1, Math.min(1, (2 * knob.position - knob.min - knob.max) / (knob.max - knob.min)));
    const ahead = still ? 0 : (Math.asin(share) / (2 * Math.PI)) * SWEEP;
    this.playing = { id, still, since: performance.now() - ahead };
    knob.play.textContent = "■";
    this.host.repaint();
  }

  // Whatever moves by itself.
  stop() {
    this.told = null;
    if (this.aiming) {
      this.aiming = null;
      this.settle();
    }
    if (!this.playing) return;
    this.knobs.get(this.playing.id).play.textContent = "▶";
    this.playing = null;
    this.settle();
  }

  // There and back along one slider; as still pictures where motion is not welcome.
  sweep(now) {
    const { id, still, since } = this.playing;
    const passed = Math.max(now - since, 0);
    const share = still
      ? STOPS[Math.floor(passed / STILL_STEP) % STOPS.length]
      : Math.sin((2 * Math.PI * passed) / SWEEP);
    const knob = this.knobs.get(id);
    knob.position = (knob.min + knob.max) / 2 + share * (knob.max - knob.min) / 2;
    knob.set(knob.position);
  }

  // "Turn it into": a button for each digit.
  showAims() {
    const { words, digits } = this.data;
    const buttons = digits.map((digit) => {
      const made = element("button", { type: "button", textContent: digit, className: "aim" });
      made.setAttribute("aria-label", fill(words.aim, { digit }));
      made.onclick = () => {
        this.stop();
        this.aiming = { digit };
        this.host.repaint();
      };
      return made;
    });
    this.aims.replaceChildren(element("p", { textContent: words.aims }), element("div", {}, ...buttons));
  }

  // A step on the way to another digit, the axes' sliders going along.
  walk(vae) {
    const { aiming } = this;
    const { words, digits, goals } = this.data;
    const target = digits.indexOf(aiming.digit), { reader } = this.host;
    aiming.steps ??= aim(this.codeAt(this.knobs.values()), target, this.goalsOf(goals[target]), { vae, reader });
    // A step of the walk a frame; of what looks for a shorter way, as much as there is time for.
    const end = performance.now() + WALK_BUDGET;
    let step;
    do step = aiming.steps.next(); while (!step.done && !step.value && performance.now() < end);
    if (step.value) this.put(step.value.z);
    this.told = fill(words.aiming, { digit: aiming.digit });
    if (!step.done) return;
    this.aiming = null;
    this.told = fill(step.value.arrived ? words.arrived : words.lost, { digit: aiming.digit });
    this.settle();
  }

  // Rows of numbers, as Python sends them.
  goalsOf(text) {
    const all = decodeFloats(text), size = this.code.length;
    return Array.from({ length: all.length / size }, (_, n) => all.subarray(n * size, (n + 1) * size));
  }

  // Moves the axes' sliders so that the code becomes z.
  put(z) {
    const size = z.length;
    const now = this.codeAt(this.knobs.values());
    this.knobs.forEach((knob) => {
      if (knob.axis === undefined) return;
      let way = 0;
      for (let d = 0; d < size; d++) way += (z[d] - now[d]) * this.inverse[d * size + knob.axis];
      knob.position = Math.max(knob.min, Math.min(knob.max, knob.position + way));
      knob.set(knob.position);
    });
  }
}

// What `isNews` compares, with tables as text.
const asText = (data) => ({ ...data, raised: JSON.stringify(data.raised) });

export default liveComponent(LatentExplorer);
