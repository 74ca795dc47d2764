// What charts stand in: axes, grid and names, as SVG, so that they take the theme's colours by themselves.

import { element } from "./view.js";

const MARGIN = { top: 26, right: 12, bottom: 40, left: 34 };

export function svg(tag, attributes = {}, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

// Round numbers between two others, about as many as asked for.
export function ticks(low, high, count) {
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((one) => one * power >= rough * (1 - 1e-9));
  const first = Math.ceil(low / step - 1e-9);
  const total = Math.floor(high / step + 1e-9) - first + 1;
  const decimals = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  return Array.from({ length: total }, (_, n) => {
    const value = (first + n) * step;
    return { value, text: value.toFixed(decimals).replace("-", "−") };
  });
}

// As wide as its place: {figure, root, ground, plot, describe(alt), arrange(x, y), draw(paint), unmount}. `ground` is a
// <canvas> beneath all lines, for what is many; `plot` is cut off at the axes.
export function chartFrame(height) {
  const [axes, plot] = [svg("g"), svg("svg")];
  const root = svg("svg", { class: "chart", height }, axes, plot);
  const ground = element("canvas", { className: "ground" });
  const figure = element("figure", { className: "framed" }, ground, root);
  // A picture only once it has a name.
  const describe = (alt) => {
    root.setAttribute("role", "img");
    root.setAttribute("aria-label", alt);
  };
  const frame = { figure, root, ground, plot, describe };
  let x, y, paint;

  const redraw = () => {
    const width = figure.clientWidth;
    if (!width || !x || !paint) return;
    const letter = parseFloat(getComputedStyle(root).fontSize) / 12; // Against the size that the margins are made for.
    const left = MARGIN.left * letter, right = width - MARGIN.right * letter;
    const top = MARGIN.top * letter, bottom = height - MARGIN.bottom * letter;
    const box = { x: left, y: top, width: right - left, height: bottom - top };
    for (const [name, value] of Object.entries(box)) plot.setAttribute(name, value);
    const across = (value) => (value - x.domain[0]) / (x.domain[1] - x.domain[0]) * box.width;
    const up = (value) => (1 - (value - y.domain[0]) / (y.domain[1] - y.domain[0])) * box.height;
    const text = (attributes, words) => svg("text", attributes, words);
    axes.replaceChildren(
      ...(x.ticks ?? ticks(...x.domain, width < 420 * letter ? 5 : 10)).flatMap(({ value, text: words }) => {
        const at = left + across(value);
        return [
          svg("line", { class: "grid", x1: at, x2: at, y1: top, y2: bottom }),
          text({ x: at, y: bottom + 15 * letter, "text-anchor": "middle" }, words),
        ];
      }),
      ...ticks(...y.domain, 5).flatMap(({ value, text: words }) => {
        const at = top + up(value);
        return [
          svg("line", { class: "grid", x1: left, x2: right, y1: at, y2: at }),
          text({ x: left - 6, y: at + 4 * letter, "text-anchor": "end" }, words),
        ];
      }),
      text({ x: (left + right) / 2, y: height - 6 * letter, "text-anchor": "middle" }, x.title),
      text({ x: 0, y: 14 * letter }, y.title),
    );
    paint({ x: across, y: up, box });
  };
  const observer = new ResizeObserver(redraw);
  observer.observe(figure);
  // x, y: {title, domain: [low, high]}; x may have ticks of its own, [{value, text}].
  frame.arrange = (horizontal, vertical) => { [x, y] = [horizontal, vertical]; };
  // paint({x, y, box}): places in `plot` of values on the axes, and where it stands. Called again at another width.
  frame.draw = (newPaint) => {
    paint = newPaint;
    redraw();
  };
  frame.unmount = () => observer.disconnect();
  return frame;
}

// Calls back with where the pointer is on a chart's plot, in its pixels, or with null when it leaves.
export function followPointer({ root, plot }, onMove) {
  root.addEventListener("pointermove", (event) => {
    const box = plot.getBoundingClientRect();
    const outer = root.getBoundingClientRect();
    onMove({
      x: event.clientX - outer.left - Number(plot.getAttribute("x")),
      y: event.clientY - outer.top - Number(plot.getAttribute("y")),
    }, box);
  });
  root.addEventListener("pointerleave", () => onMove(null));
}
