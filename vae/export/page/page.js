// The exported page: a small canvas to draw on, the digit with noise and denoised, and a walk from its code.

import { IMAGE_PIXELS, IMAGE_SIZE } from "../../js/network.js";
import { unpackModel } from "../../js/model.js";
import { corrupt } from "../../js/noise.js";
import { inDecibels, mse } from "../../js/metrics.js";

const data = JSON.parse(document.getElementById("data").textContent);
const bytesOf = (base64) => Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
const { vae, components, deviations } = unpackModel(bytesOf(data.model));
const digits = bytesOf(data.digits); // Test pictures, one after the other, 0 to 255.
const part = (id) => document.getElementById(id);

const MIDDLE = [0.5, 0.5];
const PEN = 0.07; // The pen's width, as a share of the canvas.

// MNIST's digits have a longest side of 20 pixels, strokes about 2.4 wide, and their centre of mass at 14.5.
const DIGIT_SIDE = 20;
const STROKE = 2.4;
const CENTRE = 14.5;
const FINE = 8; // A drawing is averaged from so many rows and columns for each pixel.

let strokes = []; // Each a list of [x, y], shares of the canvas.
let example = -1; // Which test picture is shown; -1 while there is a drawing.
let clean = new Float32Array(IMAGE_PIXELS);
let random = []; // Uniform numbers, two for each pixel: whatever a corruption needs is made from them.
let code = new Float32Array(vae.latentDim); // Of the noisy digit.

function drawNoise() {
  random = Float64Array.from({ length: 2 * IMAGE_PIXELS }, () => 1 - Math.random());
}

// What vae.corruptions.draw_field draws: N(0, 1), by Box and Muller's transform, or U[0, 1), or nothing.
function fieldOf(kind) {
  const uniform = Float32Array.from({ length: IMAGE_PIXELS }, (_, i) => 1 - random[i]);
  if (kind !== "normal") return uniform;
  return uniform.map((_, i) => Math.sqrt(-2 * Math.log(random[i])) * Math.cos(2 * Math.PI * random[IMAGE_PIXELS + i]));
}

function trace(context, lines, width, place) {
  Object.assign(context, { lineWidth: width, lineCap: "round", lineJoin: "round", strokeStyle: "#fff" });
  for (const line of lines) {
    context.beginPath();
    line.forEach((point, n) => context[n ? "lineTo" : "moveTo"](...place(point)));
    if (line.length === 1) context.lineTo(...place(line[0])); // A dot.
    context.stroke();
  }
}

// Strokes as MNIST would hold them: as large, as thick and as centred, whatever their size and place on the canvas.
function digitFromStrokes() {
  const points = strokes.flat();
  if (!points.length) return new Float32Array(IMAGE_PIXELS);
  const bounds = [0, 1].map((axis) => {
    const along = points.map((point) => point[axis]);
    return [Math.min(...along), Math.max(...along)];
  });
  const side = Math.max(...bounds.map(([low, high]) => high - low), 0.05);
  const scale = (FINE * (DIGIT_SIDE - STROKE)) / side;
  const size = FINE * IMAGE_SIZE;
  const fine = Object.assign(document.createElement("canvas"), { width: size, height: size });
  const context = fine.getContext("2d", { willReadFrequently: true });
  const place = (point) => point.map((at, axis) => size / 2 + scale * (at - (bounds[axis][0] + bounds[axis][1]) / 2));
  trace(context, strokes, FINE * STROKE, place);
  const { data: pixels } = context.getImageData(0, 0, size, size);

  let mass = 0, across = 0, down = 0;
  for (let i = 0; i < size * size; i++) {
    const ink = pixels[4 * i + 3];
    mass += ink;
    across += ink * ((i % size) + 0.5);
    down += ink * (Math.floor(i / size) + 0.5);
  }
  const shift = [across, down].map((moment) => Math.round(FINE * CENTRE - moment / mass));
  const digit = new Float32Array(IMAGE_PIXELS);
  for (let i = 0; i < size * size; i++) {
    const column = Math.floor(((i % size) + shift[0]) / FINE);
    const row = Math.floor((Math.floor(i / size) + shift[1]) / FINE);
    const inside = row >= 0 && row < IMAGE_SIZE && column >= 0 && column < IMAGE_SIZE;
    if (inside) digit[row * IMAGE_SIZE + column] += pixels[4 * i + 3] / (255 * FINE * FINE);
  }
  const brightest = Math.max(...digit);
  return digit.map((value) => value / brightest);
}

function paint(canvas, image) {
  const picture = new ImageData(IMAGE_SIZE, IMAGE_SIZE);
  image.forEach((value, i) => picture.data.set([255 * value, 255 * value, 255 * value, 255], 4 * i));
  canvas.getContext("2d").putImageData(picture, 0, 0);
}

function paintDrawing() {
  const canvas = part("drawing");
  const context = canvas.getContext("2d");
  context.clearRect(0, 0, canvas.width, canvas.height);
  if (example >= 0) {
    const small = Object.assign(document.createElement("canvas"), { width: IMAGE_SIZE, height: IMAGE_SIZE });
    paint(small, clean);
    context.imageSmoothingEnabled = false;
    context.drawImage(small, 0, 0, canvas.width, canvas.height);
  }
  trace(context, strokes, PEN * canvas.width, (point) => point.map((at) => at * canvas.width));
}

const sliders = Array.from({ length: Math.min(vae.latentDim, data.sliders) }, (_, component) => {
  const label = document.createElement("label");
  const value = document.createElement("output");
  const input = Object.assign(document.createElement("input"), { type: "range", min: -3, max: 3, step: 0.05, value: 0 });
  label.append(`Component ${component + 1}`, value, input);
  part("sliders").append(label);
  input.addEventListener("input", walk);
  return { input, value };
});

function walk() {
  const z = Float32Array.from(code);
  sliders.forEach(({ input, value }, component) => {
    const step = Number(input.value) * deviations[component];
    value.textContent = `${input.value > 0 ? "+" : ""}${Number(input.value).toFixed(2).replace("-", "−")} sd`;
    for (let i = 0; i < z.length; i++) z[i] += step * components[component * z.length + i];
  });
  paint(part("walked"), vae.decode(z));
}

function update() {
  const kind = part("corruption").value;
  const level = Number(part("level").value);
  part("level-value").textContent = level.toFixed(2);
  part("meaning").textContent = `The level is ${data.corruptions[kind].meaning}.`;
  part("redraw").disabled = data.corruptions[kind].field === "none";
  paintDrawing();
  const noisy = corrupt(clean, kind, level, fieldOf(data.corruptions[kind].field), MIDDLE);
  code = vae.encode(noisy);
  const denoised = vae.decode(code);
  paint(part("noisy"), noisy);
  paint(part("denoised"), denoised);
  part("noisy-caption").textContent = `Noisy: ${inDecibels(mse(noisy, clean))}`;
  part("denoised-caption").textContent = `Denoised: ${inDecibels(mse(denoised, clean))}`;
  walk();
}

let waiting = false;
function updateSoon() {
  if (waiting) return;
  waiting = true;
  requestAnimationFrame(() => {
    waiting = false;
    update();
  });
}

function showExample() {
  strokes = [];
  example = (example + 1) % (digits.length / IMAGE_PIXELS);
  clean = Float32Array.from(digits.subarray(example * IMAGE_PIXELS, (example + 1) * IMAGE_PIXELS), (value) => value / 255);
  updateSoon();
}

function drawnOn() {
  example = -1;
  clean = digitFromStrokes();
  updateSoon();
}

function watchPen(canvas) {
  const place = (event) => {
    const box = canvas.getBoundingClientRect();
    return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
  };
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    canvas.setPointerCapture(event.pointerId);
    strokes.push([place(event)]);
    drawnOn();
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!canvas.hasPointerCapture(event.pointerId)) return;
    strokes.at(-1).push(...(event.getCoalescedEvents?.() ?? [event]).map(place));
    drawnOn();
  });
}

for (const [kind, { label }] of Object.entries(data.corruptions)) part("corruption").add(new Option(label, kind));
part("walk-text").textContent =
  `A ${data.noun} is ${vae.latentDim === 1 ? "one number" : `${vae.latentDim} numbers`} to this model. Each slider moves ` +
  `the code of the denoised ${data.noun} along a principal component of the codes, in standard deviations; the picture ` +
  "shows what the moved code decodes to.";
part("corruption").addEventListener("change", updateSoon);
part("level").addEventListener("input", updateSoon);
part("example").addEventListener("click", showExample);
part("redraw").addEventListener("click", () => {
  drawNoise();
  updateSoon();
});
part("clear").addEventListener("click", () => {
  strokes = [];
  drawnOn();
});
part("reset").addEventListener("click", () => {
  for (const { input } of sliders) input.value = 0;
  walk();
});
watchPen(part("drawing"));
drawNoise();
showExample();
