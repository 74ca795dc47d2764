// Posteriors of many digits in two dimensions of the code, as ellipses against the prior's circle.

import { sized } from "./sized_canvas.js";
import { element } from "./view.js";

const FIELDS = 4; // Of each ellipse: the mean and the standard deviation, across and up.

// From bytes: for each of `count` models as many ellipses, FIELDS float32 numbers each.
export function readClouds(bytes, count) {
  const all = new Float32Array(bytes.slice().buffer); // A copy stands at a multiple of four.
  const length = all.length / count;
  return Array.from({ length: count }, (_, n) => all.subarray(n * length, (n + 1) * length));
}

// {figure, show(cloud, own, reach, alt)}. cloud: as `readClouds` gives it; own: the digit's own ellipse, FIELDS numbers;
// reach: how far both axes go.
export function codeCloud() {
  const canvas = element("canvas", { className: "cloud" });
  canvas.setAttribute("role", "img");
  const show = (cloud, own, reach, alt) => {
    const { context, width, height, ratio, style } = sized(canvas);
    const unit = Math.min(width, height) / (2 * reach);
    const [accent, text] = ["--st-primary-color", "--st-text-color"].map((name) => style.getPropertyValue(name));
    // Out to two standard deviations; a speck is still seen.
    const ellipse = ([x, y, across, up]) => {
      context.beginPath();
      context.ellipse(width / 2 + x * unit, height / 2 - y * unit, Math.max(2 * across * unit, ratio),
        Math.max(2 * up * unit, ratio), 0, 0, 2 * Math.PI);
    };
    context.lineWidth = ratio;
    context.strokeStyle = context.fillStyle = accent;
    for (let n = 0; n < cloud.length; n += FIELDS) {
      ellipse(cloud.subarray(n, n + FIELDS));
      context.globalAlpha = 0.12;
      context.fill();
      context.globalAlpha = 0.5;
      context.stroke();
    }
    context.globalAlpha = 1;
    context.strokeStyle = text;
    context.lineWidth = 2 * ratio;
    ellipse(own);
    context.stroke();
    context.setLineDash([6 * ratio, 4 * ratio]);
    ellipse([0, 0, 1, 1]);
    context.stroke();
    context.setLineDash([]);
    canvas.setAttribute("aria-label", alt);
  };
  return { figure: element("figure", {}, canvas), show };
}
