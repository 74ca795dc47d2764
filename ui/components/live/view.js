// What every live view shares: how it gets its models, when it paints, how it shows pictures, and how it gives way to
// Streamlit's own widgets when something fails.

import { IMAGE_SIZE, IMAGE_PIXELS } from "./network.js";
import { fetchModel } from "./model.js";
import { fetchReader } from "./reader.js";

// Whether a part of a view's data says something else than before. A rerun may still carry what a slider said before its
// last move: only what is news counts.
export const isNews = (name, data, before) => String(data[name]) !== String(before?.[name]);

// How long what the visitor moved is believed before what Python says, in milliseconds.
export const PATIENCE = 5000;

// The views on this page, and whether each has painted.
const views = () => (globalThis.liveViews ??= new Map());

// Says on the page's root how far the live views are; the style sheet in __init__.py reads it.
function sayHowFar() {
  const { dataset } = document.documentElement;
  const states = [...views().values()];
  if (!states.length) delete dataset.live;
  else dataset.live = states.every(Boolean) ? "running" : "starting";
}

// Makes a component's default export from a class of views. Streamlit calls it at the first mount and with new data.
export function liveComponent(View) {
  const hosts = new WeakMap();
  return ({ data, parentElement: root, setTriggerValue }) => {
    let host = hosts.get(root);
    if (!host) {
      host = new Host(View, root);
      hosts.set(root, host);
    }
    const call = { data, send: setTriggerValue };
    host.calls = [...host.calls.slice(-1), call];
    host.update(data, setTriggerValue);
    return () => {
      // New data that came while the script was loading makes a second call. The first is then taken back at once,
      // though it may have come after the second: what that said holds.
      const others = host.calls.filter((one) => one !== call);
      if (host.stage.isConnected && others.length) {
        const isLast = host.calls.at(-1) === call;
        host.calls = others;
        if (isLast) host.update(others.at(-1).data, others.at(-1).send);
        return;
      }
      hosts.delete(root);
      host.unmount();
    };
  };
}

// Keeps a view's failures to itself: whatever goes wrong, Python hears of it and shows Streamlit's own widgets.
class Host {
  constructor(View, root) {
    this.stage = root.querySelector(".live");
    this.error = null;
    this.calls = []; // The last two calls by Streamlit.
    this.models = null;
    this.settling = new Map(); // What is about to be told: a timer for each trigger.
    this.moved = new Map(); // What the visitor changed and Python hasn't confirmed: its value and until when, by trigger.
    views().set(this, false);
    this.guard(() => { this.view = new View(this); });
  }

  guard(work) {
    if (this.error) return;
    try {
      work();
    } catch (error) {
      this.error = error;
      this.stage.hidden = true;
      console.error("The live view stopped.", error);
      this.send?.("failed", String(error));
    }
  }

  update(data, setTriggerValue) {
    this.data = data;
    this.send = setTriggerValue;
    if (this.error) this.send("failed", String(this.error));
    this.guard(() => {
      this.findModels();
      this.view.update(data);
      this.repaint();
    });
  }

  findModels() {
    const { models, reader } = this.data;
    const wanted = String([models, reader?.id]);
    if (this.wanted === wanted) return;
    this.wanted = wanted;
    this.models = this.reader = null;
    const isWanted = () => this.wanted === wanted;
    const read = reader ? fetchReader(reader.id, reader.url) : null;
    Promise.all([read, ...models.map(([id, url]) => fetchModel(id, url))]).then(
      ([found, ...others]) => {
        if (!isWanted()) return;
        this.reader = found; // Null where nothing reads what the model makes.
        this.models = others;
        this.repaint();
      },
      (error) => { if (isWanted()) this.guard(() => { throw error; }); },
    );
  }

  // Paints before the next frame, once, however often it is asked. Until the models are there, a view may have a preview.
  repaint() {
    if (this.frame || this.error) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = null;
      this.guard(() => {
        if (!this.models && !this.view.preview) return;
        this.stage.hidden = false; // First, for a picture may ask how large it is.
        if (this.models) {
          if (this.view.paint(this.models)) this.repaint();
          views().set(this, true);
        } else {
          this.view.preview();
        }
        sayHowFar();
      });
    });
  }

  // Tells Python what the visitor settled on, a moment after the last change: held arrow keys make many.
  settle(value, trigger = "settled") {
    clearTimeout(this.settling.get(trigger));
    this.moved.set(trigger, { value: JSON.stringify(value), until: performance.now() + PATIENCE });
    this.settling.set(trigger, setTimeout(() => {
      this.settling.delete(trigger);
      this.send(trigger, value);
    }, 150));
  }

  // Whether something has changed since Python was told last.
  isWaiting(trigger = "settled") {
    return this.settling.has(trigger);
  }

  // Whether what Python says is news, not the answer to a move that another one has overtaken meanwhile.
  trusts(trigger, value) {
    const moved = this.moved.get(trigger);
    if (moved && moved.value !== JSON.stringify(value) && performance.now() < moved.until) return false;
    this.moved.delete(trigger);
    return true;
  }

  forget() {
    for (const timer of this.settling.values()) clearTimeout(timer);
    this.settling.clear();
  }

  unmount() {
    this.error ??= "unmounted"; // Nothing may paint any more.
    cancelAnimationFrame(this.frame);
    this.forget();
    this.view?.unmount?.();
    views().delete(this);
    sayHowFar();
  }
}

export function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

const grey = (value) => [value, value, value];

// Puts 784 numbers on a <canvas> at 28 x 28 pixels, in the colours that `colour` makes of them.
export function paintPixels(context, image, left = 0, colour = grey, top = 0) {
  const pixels = context.createImageData(IMAGE_SIZE, IMAGE_SIZE);
  for (let i = 0; i < IMAGE_PIXELS; i++) {
    const [red, green, blue] = colour(image[i]);
    pixels.data[4 * i] = 255 * red; // The array rounds.
    pixels.data[4 * i + 1] = 255 * green;
    pixels.data[4 * i + 2] = 255 * blue;
    pixels.data[4 * i + 3] = 255;
  }
  context.putImageData(pixels, left, top);
}

// A picture of 28 x 28 pixels, enlarged without blurring: {figure, describe(alt, caption), show(image, colour)}.
export function picture(caption, alt = caption) {
  const canvas = element("canvas", { width: IMAGE_SIZE, height: IMAGE_SIZE });
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", alt);
  const words = element("figcaption", { textContent: caption });
  const figure = element("figure", {}, canvas, ...(caption ? [words] : []));
  const context = canvas.getContext("2d");
  const describe = (text, title = words.textContent) => {
    canvas.setAttribute("aria-label", text);
    words.textContent = title;
  };
  return { figure, describe, show: (image, colour) => paintPixels(context, image, 0, colour) };
}

// A slider with its name and value, for hands, keys and screen readers alike. `format` makes words of its value.
// The key Home moves it to home(), and Page Up and Page Down by a tenth of its range.
export function slider({ name, spoken = name, min, max, step, format, onMove, onSettle, home }) {
  const input = element("input", { type: "range", min, max, step });
  input.setAttribute("aria-label", spoken);
  const value = element("span", { className: "value" });
  const words = element("span", { className: "name", textContent: name });
  const track = element("span", { className: "track" }, input);
  const row = element("div", { className: "slider" }, words, value, track);
  let held = false;
  const set = (number) => {
    input.value = number; // The browser moves it into the range and onto a step.
    const share = (Number(input.value) - input.min) / (input.max - input.min);
    input.style.setProperty("--share", `${100 * share}%`);
    value.textContent = format(number);
    input.setAttribute("aria-valuetext", format(number));
  };
  const move = () => {
    set(Number(input.value));
    onMove(Number(input.value));
  };
  const settle = () => onSettle(Number(input.value));
  input.addEventListener("input", move);
  input.addEventListener("change", settle);
  input.addEventListener("pointerdown", () => { held = true; });
  for (const type of ["pointerup", "pointercancel"]) input.addEventListener(type, () => { held = false; });
  slideByTouch(track, input, { move, settle, hold: (isHeld) => { held = isHeld; } });
  input.addEventListener("keydown", (event) => {
    const tenth = Math.max(1, Math.round((max - min) / 10 / step)) * step;
    const page = { PageUp: 1, PageDown: -1 }[event.key] * tenth;
    if (event.key !== "Home" && Number.isNaN(page)) return;
    event.preventDefault(); // Browsers don't agree on how far a page goes.
    const number = event.key === "Home" ? home() : Math.min(Math.max(Number(input.value) + page, min), max);
    set(number);
    onMove(number);
    onSettle(number);
  });
  return { row, input, set, isHeld: () => held };
}

const THUMB = 16, FINGER_SLIDES = 6; // CSS pixels: the thumb's width, and how far a finger moves before it is going somewhere.

// A browser's own slider jumps to a finger that only means to scroll the page past it. So where the screen is touched, the
// style sheet keeps fingers off it: the track moves it, once it is sure that the finger goes sideways, or at a tap.
function slideByTouch(track, input, { move, settle, hold }) {
  let start = null;
  let isSliding = false;
  const put = ({ clientX }) => {
    const box = input.getBoundingClientRect();
    const share = (clientX - box.left - THUMB / 2) / (box.width - THUMB);
    input.value = Number(input.min) + Math.min(Math.max(share, 0), 1) * (input.max - input.min);
    move();
  };
  const end = () => {
    start = null;
    isSliding = false;
    hold(false);
  };
  track.addEventListener("pointerdown", (event) => {
    if (event.target === track) start = event;
  });
  track.addEventListener("pointermove", (event) => {
    if (!start) return;
    const [across, down] = [event.clientX - start.clientX, event.clientY - start.clientY].map(Math.abs);
    if (!isSliding && (across < FINGER_SLIDES || across < down)) return;
    if (!isSliding) track.setPointerCapture(event.pointerId);
    isSliding = true;
    hold(true);
    put(event);
  });
  track.addEventListener("pointerup", (event) => {
    if (!start) return;
    put(event);
    end();
    settle();
  });
  track.addEventListener("pointercancel", () => {
    if (isSliding) settle();
    end();
  });
}

// A line for everyone's eyes at each frame, and for screen readers only once it stands still.
export function statusLine() {
  const visible = element("p", { className: "status" });
  visible.setAttribute("aria-hidden", "true");
  const spoken = element("p", { className: "spoken" });
  spoken.setAttribute("role", "status");
  let waiting, last;
  const say = (text, sentence = text) => {
    if (sentence === last) return;
    last = sentence;
    visible.textContent = text;
    clearTimeout(waiting);
    waiting = setTimeout(() => { spoken.textContent = sentence; }, 500);
  };
  return { elements: [visible, spoken], say };
}

// A sentence from a template that Python has written, with {names} in it.
export const fill = (template, values) => template.replace(/\{(\w+)\}/g, (_, name) => values[name]);
