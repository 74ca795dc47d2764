// A code as bars: a row for each number, its mean from the middle line and, around it, its spread.

import { sized } from "./sized_canvas.js";
import { element } from "./view.js";

const LEAST_REACH = 3; // In latent units: what most codes of a model with a KL term stay within.

// {figure, show(mean, logVar), explain(words)}.
export function codeBars() {
  const canvas = element("canvas", { className: "code" });
  canvas.setAttribute("role", "img");
  const words = element("figcaption");
  const figure = element("figure", { className: "bars" }, words, canvas);

  const show = (mean, logVar) => {
    const { context, width, height, ratio, style } = sized(canvas);
    const deviations = Array.from(logVar, (value) => Math.exp(value / 2));
    // Whole steps, so that the scale stands still while the bars move.
    const reach = Math.max(LEAST_REACH, 2 ** Math.ceil(Math.log2(Math.max(...mean.map(Math.abs)))));
    const at = (value) => (width / 2) * (1 + value / reach);
    const row = height / mean.length;
    context.fillStyle = style.getPropertyValue("--st-primary-color");
    mean.forEach((value, n) => {
      const [top, thick] = [n * row + 0.1 * row, Math.max(0.8 * row, 1)];
      context.globalAlpha = 0.35;
      context.fillRect(at(value - deviations[n]), top, at(value + deviations[n]) - at(value - deviations[n]), thick);
      context.globalAlpha = 1;
      context.fillRect(Math.min(at(0), at(value)), top + thick / 4, Math.abs(at(value) - at(0)), thick / 2);
    });
    context.fillStyle = style.getPropertyValue("--st-text-color");
    context.globalAlpha = 0.4;
    context.fillRect(Math.round(width / 2), 0, Math.max(1, Math.round(ratio)), height);
    canvas.setAttribute("aria-label", `The code: ${mean.length} numbers, from ${format(Math.min(...mean))} to ` +
      `${format(Math.max(...mean))}`);
  };
  return { figure, show, explain: (text) => { words.textContent = text; } };
}

const format = (value) => `${value < 0 ? "−" : ""}${Math.abs(value).toFixed(1)}`;
