// A scatter plot of many small pictures: dots from afar, the pictures themselves from near, one of them at the pointer.
// The server says where the dots lie and which one was taken; all that moves is drawn here, without asking it.

import { fetchBytes } from "./fetch.js";

const TILE = 28; // Pixels of a picture on the sheet.
const NEAR = 400; // With no more dots than this in sight, the pictures are drawn in their place.
const REACH = 14; // How far from a dot, in CSS pixels, the pointer still finds it.
const GRID = 64; // Cells along each side of the grid that finds dots.
const MAX_ZOOM = 60;

const decode = (text) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

// How large text is, against a page's usual size: a visitor may have chosen larger text.
const letterSize = () => parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;

class Scatter {
  constructor(root) {
    this.root = root;
    this.part = (name) => root.querySelector(`[data-part="${name}"]`);
    this.stage = this.part("stage");
    this.dots = this.part("dots");
    this.over = this.part("over");
    this.tip = this.part("tip");
    this.fingers = new Map();
    this.hidden = new Set();
    this.hovered = -1;
    this.reset();
    this.listen();
    this.part("failed").remove();
  }

  listen() {
    this.resized = new ResizeObserver(() => this.resize());
    this.resized.observe(this.stage);
    // Nothing can be done with a map that has not arrived.
    const on = (name, act, options) => this.over.addEventListener(name, (event) => this.points && act(event), options);
    on("pointerdown", (event) => this.press(event));
    on("pointermove", (event) => this.move(event));
    on("pointerup", (event) => this.release(event));
    on("pointercancel", (event) => this.fingers.delete(event.pointerId));
    on("pointerleave", (event) => event.pointerType === "mouse" && this.hover(-1));
    on("wheel", (event) => this.wheel(event), { passive: false });
    on("keydown", (event) => this.key(event));
    on("blur", () => this.hover(-1));
    for (const [name, factor] of [["in", 1.6], ["out", 1 / 1.6]]) {
      this.part(name).onclick = () => this.zoom(factor, this.width / 2, this.height / 2);
    }
    this.part("reset").onclick = () => {
      this.reset();
      this.draw();
    };
  }

  // What the server sends: called again on the same place whenever it changes.
  update(data) {
    const before = this.data;
    this.data = data;
    this.marks = data.marks.map((mark) => ({ ...mark, picture: this.picture(decode(mark.pixels)) }));
    this.describe = data.describe;
    this.over.setAttribute("aria-label", data.alt);
    this.takeIn();
    const isOther = (name) => data[name] !== before?.[name];
    if (isOther("points") || isOther("labels")) this.fetchDots(data);
    if (isOther("sheet")) this.fetchSheet(data.sheet);
    this.resize();
  }

  async fetchDots({ points, labels, colours, names }) {
    const [places, classes] = await this.arrive(points, labels);
    if (this.data.points !== points) return; // Another map is asked for by now.
    this.points = Float32Array.from(new Uint16Array(places.slice().buffer), (value) => value / 65535);
    this.labels = new Uint16Array(classes.slice().buffer);
    if (String(names) !== String(this.names)) this.hidden.clear();
    Object.assign(this, { colours, names });
    this.index();
    this.middles = this.colours.map((_, label) => this.middle(label));
    this.legend();
    this.reset();
    this.resize();
  }

  async fetchSheet(url) {
    const [png] = await this.arrive(url);
    this.sheet = await createImageBitmap(new Blob([png], { type: "image/png" }));
    this.draw();
    const index = this.hovered;
    this.hover(-1);
    this.hover(index);
  }

  async arrive(...urls) {
    try {
      return await Promise.all(urls.map(fetchBytes));
    } catch (error) {
      this.root.prepend("The map did not arrive. Reload the page to try again.");
      throw error;
    }
  }

  picture(pixels) {
    const canvas = Object.assign(document.createElement("canvas"), { width: TILE, height: TILE });
    const context = canvas.getContext("2d");
    const image = context.createImageData(TILE, TILE);
    pixels.forEach((value, i) => image.data.set([value, value, value, 255], 4 * i));
    context.putImageData(image, 0, 0);
    return canvas;
  }

  // All dots sorted by cell: cell c holds order[starts[c]] to order[starts[c + 1] - 1].
  index() {
    const count = this.labels.length;
    const cell = (i) => this.cell(this.points[2 * i]) + GRID * this.cell(this.points[2 * i + 1]);
    this.starts = new Uint32Array(GRID * GRID + 1);
    for (let i = 0; i < count; i++) this.starts[cell(i) + 1]++;
    for (let c = 0; c < GRID * GRID; c++) this.starts[c + 1] += this.starts[c];
    const next = this.starts.slice();
    this.order = new Uint32Array(count);
    for (let i = 0; i < count; i++) this.order[next[cell(i)]++] = i;
  }

  cell(value) {
    return clamp(Math.floor(value * GRID), 0, GRID - 1);
  }

  middle(label) {
    const members = [...this.labels.keys()].filter((i) => this.labels[i] === label);
    const median = (axis) => members.map((i) => this.points[2 * i + axis]).sort((a, b) => a - b)[members.length >> 1];
    return members.length ? [median(0), median(1)] : null;
  }

  legend() {
    const legend = this.part("legend");
    legend.replaceChildren(
      ...this.colours.map((colour, label) => {
        const button = Object.assign(document.createElement("button"), { type: "button", textContent: this.names[label] });
        button.style.setProperty("--colour", colour);
        button.setAttribute("aria-label", `Show class ${this.names[label]}`);
        button.setAttribute("aria-pressed", !this.hidden.has(label));
        button.onclick = () => {
          this.hidden.has(label) ? this.hidden.delete(label) : this.hidden.add(label);
          button.setAttribute("aria-pressed", !this.hidden.has(label));
          this.draw();
        };
        return button;
      }),
    );
  }

  // The view: the point of the map at the stage's middle, and how many times it is enlarged. The whole map holds all dots,
  // which lie in [0, 1], and all marks, which may lie outside.
  reset() {
    const range = (axis) => {
      const places = [0, 1, ...(this.marks ?? []).map((mark) => mark[axis])];
      return [Math.min(...places), Math.max(...places)];
    };
    this.extent = [range("x"), range("y")];
    this.centre = this.extent.map(([low, high]) => (low + high) / 2);
    this.least = 1 / Math.max(...this.extent.map(([low, high]) => high - low));
    this.enlarged = this.least;
  }

  // Keeps all of the map in sight, if it was, when a mark has moved out of it.
  takeIn() {
    const { extent, centre, enlarged, least } = this;
    this.reset();
    if (enlarged === least && String(extent) !== String(this.extent)) return;
    Object.assign(this, { centre, enlarged: Math.max(enlarged, this.least) });
  }

  resize() {
    this.width = this.stage.clientWidth;
    this.height = this.stage.clientHeight;
    if (!this.width || !this.points) return;
    for (const canvas of [this.dots, this.over]) {
      canvas.width = this.width * devicePixelRatio;
      canvas.height = this.height * devicePixelRatio;
    }
    this.draw();
  }

  get scale() {
    return (Math.min(this.width, this.height) - 24) * this.enlarged;
  }

  place(x, y) {
    return [
      this.width / 2 + (x - this.centre[0]) * this.scale,
      this.height / 2 - (y - this.centre[1]) * this.scale,
    ];
  }

  unplace(left, top) {
    return [
      this.centre[0] + (left - this.width / 2) / this.scale,
      this.centre[1] - (top - this.height / 2) / this.scale,
    ];
  }

  zoom(factor, left, top) {
    const [x, y] = this.unplace(left, top);
    this.enlarged = clamp(this.enlarged * factor, this.least, MAX_ZOOM);
    const [movedX, movedY] = this.unplace(left, top);
    this.pan(x - movedX, y - movedY);
  }

  pan(x, y) {
    this.centre = [x, y].map((way, axis) => clamp(this.centre[axis] + way, ...this.extent[axis]));
    this.draw();
  }

  inSight() {
    const [left, bottom] = this.unplace(0, this.height);
    const [right, top] = this.unplace(this.width, 0);
    const found = [];
    for (let row = this.cell(bottom); row <= this.cell(top); row++) {
      for (let column = this.cell(left); column <= this.cell(right); column++) {
        const c = column + GRID * row;
        for (let k = this.starts[c]; k < this.starts[c + 1]; k++) {
          if (!this.hidden.has(this.labels[this.order[k]])) found.push(this.order[k]);
        }
      }
    }
    return found;
  }

  nearest(left, top) {
    const [x, y] = this.unplace(left, top);
    const reach = REACH / this.scale;
    let best = -1;
    let closest = reach * reach;
    for (let row = this.cell(y - reach); row <= this.cell(y + reach); row++) {
      for (let column = this.cell(x - reach); column <= this.cell(x + reach); column++) {
        const c = column + GRID * row;
        for (let k = this.starts[c]; k < this.starts[c + 1]; k++) {
          const i = this.order[k];
          const distance = (this.points[2 * i] - x) ** 2 + (this.points[2 * i + 1] - y) ** 2;
          if (distance < closest && !this.hidden.has(this.labels[i])) [best, closest] = [i, distance];
        }
      }
    }
    return best;
  }

  draw() {
    if (!this.points) return;
    const context = this.dots.getContext("2d");
    context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    context.clearRect(0, 0, this.width, this.height);
    const seen = this.inSight();
    if (seen.length <= NEAR && this.sheet) this.drawPictures(context, seen);
    else this.drawDots(context, seen);
    this.drawOver();
  }

  drawDots(context, seen) {
    const radius = Math.min(1.4 + 0.5 * Math.sqrt(this.enlarged), 4);
    context.globalAlpha = 0.75;
    this.colours.forEach((colour, label) => {
      context.fillStyle = colour;
      context.beginPath();
      for (const i of seen) {
        if (this.labels[i] !== label) continue;
        const [left, top] = this.place(this.points[2 * i], this.points[2 * i + 1]);
        context.moveTo(left + radius, top);
        context.arc(left, top, radius, 0, 2 * Math.PI);
      }
      context.fill();
    });
    context.globalAlpha = 1;
  }

  drawPictures(context, seen) {
    for (const i of seen) {
      const [left, top] = this.place(this.points[2 * i], this.points[2 * i + 1]);
      this.frame(context, left, top, TILE, this.colours[this.labels[i]]);
      this.drawTile(context, i, left - TILE / 2, top - TILE / 2, TILE);
    }
  }

  frame(context, left, top, size, colour) {
    context.fillStyle = colour;
    context.fillRect(left - size / 2 - 2, top - size / 2 - 2, size + 4, size + 4);
  }

  drawTile(context, i, left, top, size) {
    const columns = this.sheet.width / TILE;
    context.imageSmoothingEnabled = false;
    const from = [(i % columns) * TILE, Math.floor(i / columns) * TILE];
    context.drawImage(this.sheet, ...from, TILE, TILE, left, top, size, size);
  }

  // Class names, the visitor's digits and the ring around the dot at the pointer.
  drawOver() {
    const context = this.over.getContext("2d");
    context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    context.clearRect(0, 0, this.width, this.height);
    const style = getComputedStyle(this.root);
    const [text, ground] = [style.color, style.getPropertyValue("--ground").trim() || "#fff"];
    context.font = `700 ${18 * letterSize()}px sans-serif`;
    context.textAlign = "center";
    context.textBaseline = "middle";
    this.middles.forEach((middle, label) => {
      if (middle && !this.hidden.has(label)) this.write(context, this.names[label], ...this.place(...middle), text, ground);
    });
    if (this.hovered >= 0) {
      const [left, top] = this.place(this.points[2 * this.hovered], this.points[2 * this.hovered + 1]);
      this.ring(context, left, top, 7, text, ground);
    }
    this.drawMarks(context, text, ground);
  }

  write(context, words, left, top, text, ground) {
    context.lineWidth = 4;
    context.lineJoin = "round";
    context.strokeStyle = ground;
    context.strokeText(words, left, top);
    context.fillStyle = text;
    context.fillText(words, left, top);
  }

  ring(context, left, top, radius, text, ground) {
    for (const [width, colour] of [[5, ground], [2, text]]) {
      context.lineWidth = width;
      context.strokeStyle = colour;
      context.beginPath();
      context.arc(left, top, radius, 0, 2 * Math.PI);
      context.stroke();
    }
  }

  drawMarks(context, text, ground) {
    const places = this.marks.map((mark) => this.place(mark.x, mark.y));
    context.setLineDash([5, 4]);
    for (const [width, colour] of [[5, ground], [2, text]]) {
      context.lineWidth = width;
      context.strokeStyle = colour;
      context.beginPath();
      places.forEach(([left, top], i) => (i ? context.lineTo(left, top) : context.moveTo(left, top)));
      context.stroke();
    }
    context.setLineDash([]);
    context.font = `600 ${Math.max(13 * letterSize(), letterSize() > 1.6 ? 24 : 0)}px sans-serif`;
    context.imageSmoothingEnabled = false;
    places.forEach(([left, top], i) => {
      this.ring(context, left, top, 6, text, ground);
      // The first picture stands above its place and the second below, so that they don't hide each other.
      const size = 42;
      const middle = clamp(left, size / 2 + 30, this.width - size / 2 - 30);
      const side = top < 90 ? 1 : top > this.height - 90 ? -1 : i ? 1 : -1;
      const centre = top + side * (size / 2 + 14);
      this.frame(context, middle, centre, size, text);
      context.drawImage(this.marks[i].picture, middle - size / 2, centre - size / 2, size, size);
      this.write(context, this.marks[i].name, middle, centre + side * (size / 2 + 12), text, ground);
    });
  }

  hover(index) {
    if (index === this.hovered) return;
    this.hovered = index;
    this.over.style.cursor = index < 0 ? "grab" : "pointer";
    this.tip.hidden = index < 0;
    this.drawOver();
    if (index < 0) return;
    const label = this.labels[index];
    this.part("name").textContent = this.describe.replace("{index}", index).replace("{label}", this.data.called[label]);
    const screen = this.part("digit");
    screen.hidden = !this.sheet;
    if (this.sheet) this.drawTile(screen.getContext("2d"), index, 0, 0, TILE);
    const [left, top] = this.place(this.points[2 * index], this.points[2 * index + 1]);
    const { offsetWidth, offsetHeight } = this.tip;
    this.tip.style.left = `${clamp(left + 16, 4, this.width - offsetWidth - 4)}px`;
    const below = top + 16 + offsetHeight < this.height;
    this.tip.style.top = `${below ? top + 16 : Math.max(top - 16 - offsetHeight, 4)}px`;
  }

  take(index) {
    if (index >= 0) this.pick(index);
  }

  at(event) {
    const box = this.over.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  press(event) {
    this.over.setPointerCapture(event.pointerId);
    this.fingers.set(event.pointerId, this.at(event));
    this.moved = this.fingers.size > 1;
    this.pressed = this.at(event);
  }

  move(event) {
    const now = this.at(event);
    const before = this.fingers.get(event.pointerId);
    if (!before) return this.hover(this.nearest(...now));
    // A hand trembles: up to a few pixels a press is a click and not a drag.
    if (Math.hypot(now[0] - this.pressed[0], now[1] - this.pressed[1]) > 5) this.moved = true;
    if (!this.moved) return;
    this.hover(-1);
    const other = [...this.fingers].find(([id]) => id !== event.pointerId)?.[1];
    this.fingers.set(event.pointerId, now);
    if (other) {
      const apart = (a) => Math.max(Math.hypot(a[0] - other[0], a[1] - other[1]), 1);
      this.zoom(apart(now) / apart(before), (now[0] + other[0]) / 2, (now[1] + other[1]) / 2);
    } else {
      this.pan((before[0] - now[0]) / this.scale, (now[1] - before[1]) / this.scale);
    }
  }

  release(event) {
    this.fingers.delete(event.pointerId);
    if (this.moved) return;
    const index = this.nearest(...this.at(event));
    this.hover(index);
    this.take(index);
  }

  wheel(event) {
    // The wheel alone scrolls the page, unless the map is in use; a pinch on a touchpad arrives with ctrlKey.
    const root = this.root.getRootNode();
    if (!event.ctrlKey && !event.metaKey && root.activeElement !== this.over) return;
    event.preventDefault();
    this.hover(-1);
    this.zoom(Math.exp(-clamp(event.deltaY, -100, 100) / 250), ...this.at(event));
  }

  key(event) {
    const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
    if (arrows[event.key]) this.step(...arrows[event.key]);
    else if (event.key === "Enter") this.take(this.hovered);
    else if (event.key === "+" || event.key === "-") this.part(event.key === "+" ? "in" : "out").click();
    else if (event.key === "0") this.part("reset").click();
    else return;
    event.preventDefault();
    event.stopPropagation(); // On a projector the arrows turn the lesson's steps.
  }

  // The nearest dot that lies more in the arrow's direction than aside of it.
  step(right, up) {
    const from = this.hovered >= 0 ? [this.points[2 * this.hovered], this.points[2 * this.hovered + 1]] : this.centre;
    let [best, closest] = [this.hovered, Infinity];
    for (const i of this.inSight()) {
      const [x, y] = [this.points[2 * i] - from[0], this.points[2 * i + 1] - from[1]];
      const along = x * right + y * up;
      const distance = Math.hypot(x, y);
      // At least a few pixels on, or a walk through a dense cloud would take all day.
      if (along > 5 / this.scale && along >= distance * 0.7 && distance < closest) [best, closest] = [i, distance];
    }
    this.hover(best);
  }
}

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector('[data-part="scatter"]');
  root.scatter ??= new Scatter(root);
  const scatter = root.scatter;
  scatter.pick = (index) => setTriggerValue("picked", index);
  scatter.update(data);
  // A call that newer data has overtaken is taken back while the map still stands there.
  return () => { if (!root.isConnected) scatter.resized.disconnect(); };
}
