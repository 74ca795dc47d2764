// Walks through the latent space along its principal components, a slider for each.

import { IMAGE_PIXELS, IMAGE_SIZE } from "./network.js";
import { readsAs } from "./reads_as.js";
import { element, isNews, liveComponent, paintPixels, picture, slider, statusLine } from "./view.js";
import { decodeFloats } from "./model.js";

const STOPS = [-1, -2 / 3, -1 / 3, 0, 1 / 3, 2 / 3, 1]; // Where a strip shows its slider, in shares of the reach.
const STRIP_BUDGET = 6; // Milliseconds of a frame for the strips, which may follow later.
const SWEEP = 4000; // Milliseconds for a traversal there and back.
const STILL_STEP = 1000; // Milliseconds for each of its pictures, for those who asked for less motion.

const inWords = (position) => `${position < 0 ? "−" : "+"}${Math.abs(position).toFixed(2)}`;

// Orange where there is more ink than before, blue where there is less, as ui/pictures.py's `diverging`.
const LESS = [0.25, 0.6, 1], MORE = [1, 0.62, 0.1];
const differenceColour = (value) => (value > 0 ? MORE : LESS).map((part) => part * Math.abs(value));

class LatentExplorer {
  constructor(host) {
    this.host = host;
    this.sliders = new Map();
    this.pictures = {
      now: picture("Where the sliders stand"),
      start: picture("The start"),
      difference: picture("Difference", "Difference: orange is more ink than at the start, blue is less"),
    };
    this.readsAs = readsAs();
    this.pictures.now.figure.append(this.readsAs.box);
    this.status = statusLine();
    this.list = element("div", { className: "sliders" });
    const figures = Object.values(this.pictures).map(({ figure }) => figure);
    host.stage.append(element(
      "div", { className: "explorer" },
      element("div", { className: "seen" }, ...figures, ...this.status.elements), this.list,
    ));
  }

  update(data) {
    const [code, model, listing, positions] = ["code", "models", "listed", "positions"]
      .map((name) => isNews(name, data, this.data));
    const restarted = code || model;
    const listed = restarted || listing;
    const moved = restarted || (positions && !this.isBusy());
    this.data = data;
    this.code = decodeFloats(data.code);
    if (restarted) {
      this.playing = null;
      this.host.forget();
      this.started = null;
      this.sliders.clear();
    }
    if (moved) this.positions = [...data.positions];
    if (listed) this.listSliders();
    if (moved) this.sliders.forEach(({ set }, component) => set(this.positions[component]));
  }

  listSliders() {
    for (const component of this.data.listed) {
      if (!this.sliders.has(component)) this.sliders.set(component, this.makeSlider(component));
    }
    this.list.replaceChildren(...this.data.listed.map((component) => this.sliders.get(component).row));
    this.unfinished = this.data.listed.flatMap((component) => this.sliders.get(component).missing);
  }

  makeSlider(component) {
    const { labels, reach, step, origin } = this.data;
    const number = component + 1;
    const strip = element("canvas", { className: "stops", width: STOPS.length * (IMAGE_SIZE + 1) - 1, height: IMAGE_SIZE });
    strip.setAttribute("aria-hidden", "true"); // It shows what the slider does, which its user hears.
    const reset = () => {
      made.set(origin[component]);
      this.move(component, origin[component]);
      this.settle();
    };
    const button = (textContent, title, onclick) => {
      const made = element("button", { type: "button", textContent, title, onclick });
      made.setAttribute("aria-label", title);
      return made;
    };
    const play = button("▶", `Play component ${number}`, () => this.playOrStop(component));
    const made = slider({
      name: labels[component],
      spoken: `Principal component ${number}`,
      min: -reach, max: reach, step,
      format: inWords,
      home: () => origin[component],
      onMove: (position) => {
        this.stop();
        this.move(component, position);
      },
      onSettle: () => this.settle(),
    });
    made.set(this.positions[component]);
    made.input.parentElement.before(play, button("↺", `Component ${number} back to the start`, reset));
    made.row.append(strip);
    const context = strip.getContext("2d");
    const missing = STOPS.map((share, place) => ({ component, context, place, position: share * reach }));
    return { ...made, play, missing };
  }

  move(component, position) {
    this.positions[component] = position;
    this.host.repaint();
  }

  // The code where one or all sliders stand elsewhere than at the start; what no slider holds stays as it is.
  codeAt({ components, deviations }, positionOf, moved) {
    const z = Float32Array.from(this.code);
    for (const component of moved) {
      const way = (positionOf(component) - this.data.origin[component]) * deviations[component];
      const row = component * z.length;
      for (let d = 0; way !== 0 && d < z.length; d++) z[d] += way * components[row + d];
    }
    return z;
  }

  paint([model]) {
    const begun = performance.now();
    if (this.playing) this.sweep(begun);
    const everyone = this.positions.keys();
    const now = model.vae.decode(this.codeAt(model, (component) => this.positions[component], everyone));
    this.started ??= model.vae.decode(this.code);
    this.pictures.now.show(now);
    this.readsAs.show(this.host, now);
    this.pictures.start.show(this.started);
    this.pictures.difference.show(now.map((value, i) => value - this.started[i]), differenceColour);
    this.report(now);

    while (this.unfinished.length && performance.now() < begun + STRIP_BUDGET) {
      const { component, context, place, position } = this.unfinished.shift();
      const image = model.vae.decode(this.codeAt(model, () => position, [component]));
      paintPixels(context, image, place * (IMAGE_SIZE + 1));
      this.sliders.get(component).missing = this.unfinished.filter((task) => task.component === component);
    }
    return this.playing || this.unfinished.length > 0;
  }

  report(now) {
    const moved = this.positions.filter((position, component) => position !== this.data.origin[component]).length;
    let changed = 0;
    for (let i = 0; i < IMAGE_PIXELS; i++) changed += Math.abs(now[i] - this.started[i]) / IMAGE_PIXELS;
    this.status.say(
      moved === 0
        ? "Every slider is at the start."
        : `${moved} slider${moved === 1 ? "" : "s"} moved; the picture changed by ${(100 * changed).toFixed(1)}%.`,
    );
  }

  isBusy() {
    return Boolean(this.playing) || [...this.sliders.values()].some((one) => one.isHeld());
  }

  settle() {
    this.host.settle(this.positions.map((position) => Math.round(position * 1e4) / 1e4));
  }

  playOrStop(component) {
    const wasPlaying = this.playing?.component === component;
    this.stop();
    if (wasPlaying) return;
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    // The sweep begins where the slider stands, on its way up.
    const share = Math.max(-1, Math.min(1, this.positions[component] / this.data.reach));
    const ahead = still ? 0 : (Math.asin(share) / (2 * Math.PI)) * SWEEP;
    this.playing = { component, still, since: performance.now() - ahead };
    this.sliders.get(component).play.textContent = "■";
    this.host.repaint();
  }

  stop() {
    if (!this.playing) return;
    const { play } = this.sliders.get(this.playing.component);
    play.textContent = "▶";
    this.playing = null;
    this.settle();
  }

  // There and back along one component; as still pictures where motion is not welcome.
  sweep(now) {
    const { component, still, since } = this.playing;
    const passed = Math.max(now - since, 0);
    const share = still
      ? STOPS[Math.floor(passed / STILL_STEP) % STOPS.length]
      : Math.sin((2 * Math.PI * passed) / SWEEP);
    this.positions[component] = share * this.data.reach;
    this.sliders.get(component).set(this.positions[component]);
  }
}

export default liveComponent(LatentExplorer);
