// What the decoder makes of a plane in the latent space: one picture of many, coloured by what each reads as, and two
// pins with the way between them.

import { bench } from "./bench.js";
import { decodeFloats } from "./model.js";
import { IMAGE_SIZE } from "./network.js";
import { likeliest } from "./reader.js";
import { readsAs } from "./reads_as.js";
import { Start } from "./start.js";
import { element, fill, isNews, liveComponent, paintPixels, picture } from "./view.js";

// A picture costs a pass through the decoder: those that don't fit into a frame wait for the next one.
const FRAME_BUDGET = 8; // Milliseconds.
const NAMES = ["A", "B"];
const STATIONS = 9; // Pictures on the way, both ends included.
const KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
const KEY_STEP = 0.1; // Standard deviations.
const TINT = 0.65; // How much of a colour is that of the reading.

// "#rrggbb" as shares of red, green and blue, mixed with white.
const tint = (colour) => [1, 3, 5].map((at) => 1 - TINT + TINT * parseInt(colour.slice(at, at + 2), 16) / 255);

class PlaneView {
  constructor(host) {
    this.host = host;
    this.unmount = bench().listen(host, ({ clean }) => { if (clean) host.repaint(); });
    this.sheet = element("canvas");
    this.sheet.setAttribute("role", "img");
    this.context = this.sheet.getContext("2d");
    this.borders = element("canvas", { className: "borders" });
    this.ends = NAMES.map((name) => {
      const [found, reading] = [picture(name), readsAs()];
      found.figure.append(reading.box);
      return { ...found, reading };
    });
    this.way = element("canvas", { className: "way", width: STATIONS * (IMAGE_SIZE + 1) - 1, height: IMAGE_SIZE });
    this.way.setAttribute("role", "img");
    this.stations = element("div", { className: "stations" });
    this.knobs = NAMES.map((name, index) => this.makePin(name, index));
    const plane = element("div", { className: "plane" }, this.sheet, this.borders, ...this.knobs);
    plane.addEventListener("click", (event) => {
      if (this.knobs.includes(event.target)) return;
      this.put(this.nearest(this.placeOf(event)), this.placeOf(event));
      this.settle();
    });
    this.title = element("p", { className: "way-title" });
    const ends = element("div", { className: "pictures" }, ...this.ends.map(({ figure }) => figure));
    const between = element("div", {}, ends, this.title, this.way, this.stations);
    host.stage.append(element("div", { className: "plane-and-way" }, plane, between));
  }

  makePin(name, index) {
    const pin = element("button", { type: "button", className: "pin", textContent: name });
    pin.addEventListener("pointerdown", (event) => {
      pin.setPointerCapture(event.pointerId);
      this.held = index;
    });
    pin.addEventListener("pointermove", (event) => {
      if (this.held === index) this.put(index, this.placeOf(event));
    });
    for (const type of ["pointerup", "pointercancel"]) {
      pin.addEventListener(type, () => {
        if (this.held === index) this.settle();
        this.held = null;
      });
    }
    pin.addEventListener("keydown", (event) => {
      const way = KEYS[event.key];
      if (!way) return;
      event.preventDefault();
      event.stopPropagation(); // On a projector the same keys turn the lesson's steps.
      this.put(index, this.pins[index].map((at, axis) => at + KEY_STEP * way[axis]));
      this.settle();
    });
    return pin;
  }

  // Where on the plane a pointer is, in standard deviations.
  placeOf({ clientX, clientY }) {
    const box = this.sheet.getBoundingClientRect();
    const share = [(clientX - box.left) / box.width, 1 - (clientY - box.top) / box.height];
    return share.map((at) => this.reach * (2 * at - 1));
  }

  nearest(place) {
    const distances = this.pins.map((pin) => Math.hypot(pin[0] - place[0], pin[1] - place[1]));
    return distances[0] <= distances[1] ? 0 : 1;
  }

  put(index, place) {
    this.pins[index] = place.map((at) => Math.round(100 * Math.max(-this.reach, Math.min(this.reach, at))) / 100);
    this.showPins();
    this.isWayStale = true;
    this.host.repaint();
  }

  settle() {
    this.host.settle(this.pins.flat(), "pins");
  }

  showPins() {
    this.knobs.forEach((knob, index) => {
      const [x, y] = this.pins[index];
      const [right, up] = [x, y].map((place) => place.toFixed(1).replace("-", "−"));
      knob.style.left = `${50 + 50 * x / this.reach}%`;
      knob.style.top = `${50 - 50 * y / this.reach}%`;
      knob.setAttribute("aria-label", fill(this.data.words.pin, { name: NAMES[index], x: right, y: up }));
    });
  }

  update(data) {
    const { steps, vectors, around, alt, reach, pins, words, colours } = data;
    const before = this.data;
    this.data = data;
    this.reach = reach;
    if (isNews("around", data, before)) this.start = new Start(around);
    if (isNews("vectors", data, before)) {
      this.vectors = decodeFloats(vectors);
      this.sheet.width = this.sheet.height = steps.length * IMAGE_SIZE;
      this.borders.width = this.borders.height = 2 * this.sheet.width;
      this.next = 0;
      this.renew();
    }
    this.tints = colours.map(tint);
    this.title.textContent = words.way;
    this.sheet.setAttribute("aria-label", alt);
    if (isNews("pins", data, before) && this.held == null && !this.host.isWaiting("pins")) {
      this.pins = [pins.slice(0, 2), pins.slice(2)];
      this.isWayStale = true;
    }
    this.showPins();
  }

  renew() {
    this.stale = this.data.steps.length ** 2;
    this.readings = [];
    this.isWayStale = true;
  }

  decodeAt(vae, [right, high]) {
    const { code } = this.start;
    const [across, up] = [this.vectors.subarray(0, code.length), this.vectors.subarray(code.length)];
    return vae.decode(code.map((value, n) => value + right * across[n] + high * up[n]));
  }

  paint([{ vae }]) {
    if (!this.start.isReady) return false;
    if (this.start.find(vae)) this.renew();
    const end = performance.now() + FRAME_BUDGET;
    const { steps } = this.data;
    const { reader } = this.host;
    if (this.isWayStale) this.paintWay(vae, reader);
    while (this.stale > 0 && performance.now() < end) {
      const [row, column] = [Math.floor(this.next / steps.length), this.next % steps.length];
      const image = this.decodeAt(vae, [steps[column], steps[steps.length - 1 - row]]);
      const reading = reader ? likeliest(reader.read(image))[0].reading : null;
      this.readings[this.next] = reading;
      const colour = reading === null ? undefined : (value) => this.tints[reading].map((part) => part * value);
      paintPixels(this.context, image, column * IMAGE_SIZE, colour, row * IMAGE_SIZE);
      this.next = (this.next + 1) % steps.length ** 2;
      this.stale -= 1;
      if (this.stale === 0) this.paintBorders(steps.length);
    }
    return this.stale > 0;
  }

  // Lines between neighbours that read as different digits.
  paintBorders(side) {
    const context = this.borders.getContext("2d");
    const size = this.borders.width / side;
    context.clearRect(0, 0, this.borders.width, this.borders.height);
    context.fillStyle = "#fff";
    this.readings.forEach((reading, n) => {
      const [row, column] = [Math.floor(n / side), n % side];
      if (column && reading !== this.readings[n - 1]) context.fillRect(column * size - 1, row * size, 2, size);
      if (row && reading !== this.readings[n - side]) context.fillRect(column * size, row * size - 1, size, 2);
    });
  }

  paintWay(vae, reader) {
    this.isWayStale = false;
    const [from, to] = this.pins;
    const context = this.way.getContext("2d");
    const images = Array.from({ length: STATIONS }, (_, n) => {
      const share = n / (STATIONS - 1);
      return this.decodeAt(vae, from.map((at, axis) => at + share * (to[axis] - at)));
    });
    images.forEach((image, n) => paintPixels(context, image, n * (IMAGE_SIZE + 1)));
    this.ends.forEach((end, index) => {
      const image = images[index * (STATIONS - 1)];
      end.show(image);
      end.describe(`Pin ${NAMES[index]}`, NAMES[index]);
      end.reading.show(this.host, image);
    });
    const readings = reader ? images.map((image) => likeliest(reader.read(image))[0].reading) : [];
    this.stations.replaceChildren(...readings.map((reading) => element("span", { textContent: String(reading) })));
    const { words } = this.data;
    this.way.setAttribute("aria-label", readings.length ? fill(words.read, { parts: readings.join(", ") }) : words.way);
  }
}

export default liveComponent(PlaneView);
