// The exported page: a small canvas to draw on, the digit with noise and denoised, and a walk from its code.

import { IMAGE_PIXELS, IMAGE_SIZE } from "../../js/network.js";
import { unpackModel } from "../../js/model.js";
import { corrupt } from "../../js/corruptions.js";
import { drawingToDigit } from "../../js/drawing.js";
import { inDecibels, mse } from "../../js/metrics.js";

const data = JSON.parse(document.getElementById("data").textContent);
const bytesOf = (base64) => Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
const { vae, components, deviations } = unpackModel(bytesOf(data.model));
const digits = bytesOf(data.digits); // Test pictures, one after the other, 0 to 255.
const part = (id) => document.getElementById(id);

const PEN = 22; // The pen's width, in pixels of the canvas that strokes are counted in.
const INVITATION = part("drawing-caption").textContent;

let strokes = []; // Each a list of [x, y], in pixels of a canvas of data.canvasSide.
let problem; // Why they make no digit, where they don't.
let example = -1; // Which test picture was shown last; -1 after a drawing.
let isPicture = false; // Whether a picture is shown, and not a drawing.
let clean = new Float32Array(IMAGE_PIXELS);
let hole = [0.5, 0.5]; // Where the middle of a hole stands, down and right.
let given = null; // Noise that the page was made with, {corruption, field}, until other noise is drawn.
let random = []; // Uniform numbers, two for each pixel: whatever a corruption needs is made from them.
let code = new Float32Array(vae.latentDim); // Of the noisy digit.

function drawNoise() {
  random = Float64Array.from({ length: 2 * IMAGE_PIXELS }, () => 1 - Math.random());
}

// What vae.corruptions.draw_field draws: N(0, 1), by Box and Muller's transform, or U[0, 1), or nothing.
function fieldOf(corruption) {
  if (given?.corruption === corruption) return given.field;
  const kind = data.corruptions[corruption].field;
  const uniform = Float32Array.from({ length: IMAGE_PIXELS }, (_, i) => 1 - random[i]);
  if (kind !== "normal") return uniform;
  return uniform.map((_, i) => Math.sqrt(-2 * Math.log(random[i])) * Math.cos(2 * Math.PI * random[IMAGE_PIXELS + i]));
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
  if (isPicture) {
    const small = Object.assign(document.createElement("canvas"), { width: IMAGE_SIZE, height: IMAGE_SIZE });
    paint(small, clean);
    context.imageSmoothingEnabled = false;
    context.drawImage(small, 0, 0, canvas.width, canvas.height);
  }
  const enlarged = canvas.width / data.canvasSide;
  Object.assign(context, { lineWidth: PEN * enlarged, lineCap: "round", lineJoin: "round", strokeStyle: "#fff" });
  for (const stroke of strokes) {
    context.beginPath();
    // A dot is a line to its own place.
    for (const point of [stroke[0], ...stroke]) context.lineTo(...point.map((value) => value * enlarged));
    context.stroke();
  }
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
  part("drawing-caption").textContent = data.words[problem] ?? INVITATION;
  const noisy = corrupt(clean, kind, level, fieldOf(kind), hole);
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
  example = (example + 1) % (digits.length / IMAGE_PIXELS);
  const shades = digits.subarray(example * IMAGE_PIXELS, (example + 1) * IMAGE_PIXELS);
  showPicture(Float32Array.from(shades, (value) => value / 255));
}

function showPicture(image) {
  strokes = [];
  problem = undefined;
  isPicture = true;
  clean = image;
  updateSoon();
}

// What the page was made to show.
function showStart(start) {
  const floats = (base64) => new Float32Array(bytesOf(base64).buffer);
  part("corruption").value = start.corruption;
  part("level").value = start.level;
  hole = start.hole;
  given = { corruption: start.corruption, field: floats(start.field) };
  if (!start.strokes.length) {
    showPicture(floats(start.clean));
    return;
  }
  strokes = start.strokes;
  drawnOn();
}

function drawnOn() {
  example = -1;
  isPicture = false;
  const made = drawingToDigit(strokes, data.canvasSide);
  problem = made.problem;
  clean = made.digit ?? new Float32Array(IMAGE_PIXELS);
  updateSoon();
}

function watchPen(canvas) {
  const place = (event) => {
    const box = canvas.getBoundingClientRect();
    const reduced = data.canvasSide / box.width;
    return [(event.clientX - box.left) * reduced, (event.clientY - box.top) * reduced];
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
  given = null;
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
if (data.start) showStart(data.start);
else showExample();
