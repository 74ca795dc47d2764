// Lines over a number, each in its colour, with a band around it; a legend tells their values at one place.

import { chartFrame, followPointer, svg } from "./chart_frame.js";
import { chartTable } from "./chart_table.js";
import { element } from "./view.js";

const HEIGHT = 300;

// {figure, show({lines, span, marks}), readAt(x), unmount}. alt: what a screen reader says before the numbers. x, y:
// {title, domain}. place(x): names a place in words; format(y): a value. table: what opens its table of numbers.
export function lineChart({ alt, x, y, place, format, table: summary }) {
  const frame = chartFrame(HEIGHT);
  frame.arrange(x, y);
  const legend = element("div", { className: "legend" });
  const table = chartTable(summary);
  const figure = element("figure", {}, legend, frame.figure, table.box);
  const reading = svg("g");
  let shown = { lines: [] }, scale = null;
  let home = 0, pointed = null; // Where values are read: where the page is, unless a pointer asks for another place.

  const read = () => {
    if (!scale || !shown.lines.length) return;
    const at = pointed ?? home;
    const points = shown.lines[0].points;
    const nearest = points.reduce((best, point, n) => (
      Math.abs(point.x - at) < Math.abs(points[best].x - at) ? n : best), 0);
    const words = place(points[nearest].x);
    const across = scale.x(points[nearest].x);
    const values = shown.lines.map(({ name, colour, points: own }) => ({ name, colour, ...own[nearest] }));
    legend.replaceChildren(element("span", { className: "place", textContent: words }), ...values.map(entry));
    reading.replaceChildren(
      svg("line", { class: "hair", x1: across, x2: across, y1: 0, y2: scale.box.height }),
      ...values.filter(({ mean }) => Number.isFinite(mean)).map(({ mean, colour }) => (
        svg("circle", { cx: across, cy: scale.y(mean), r: 4, fill: colour, class: "dot" }))),
    );
    frame.describe(`${alt}. ${words}: ${values.map(({ name, mean }) => `${name} ${format(mean)}`).join(", ")}.`);
  };
  const entry = ({ name, colour, mean }) => {
    const swatch = element("span", { className: "swatch" });
    swatch.style.background = colour;
    return element("span", {}, swatch, name, element("span", { className: "figure", textContent: format(mean) }));
  };

  followPointer(frame, (point) => {
    if (!scale) return;
    const [low, high] = x.domain;
    pointed = point && low + (high - low) * point.x / scale.box.width;
    read();
  });

  // lines: [{name, colour, points: [{x, mean, low, high}]}], all at the same x; what is infinite is a gap. span: [low,
  // high], shaded, or null. marks: [{x, colour}], dashed lines.
  const show = (what) => {
    shown = what;
    frame.draw((newScale) => {
      scale = newScale;
      const { lines, span, marks } = shown;
      frame.plot.replaceChildren(
        ...(span ? [shade(span, scale)] : []),
        ...lines.map((line) => svg("path", { class: "band", fill: line.colour, d: band(line.points, scale) })),
        ...lines.map((line) => svg("path", { class: "line", stroke: line.colour, d: track(line.points, scale) })),
        ...marks.map(({ x: at, colour }) => svg("line", {
          class: "mark", stroke: colour, x1: scale.x(at), x2: scale.x(at), y1: 0, y2: scale.box.height,
        })),
        reading,
      );
      read();
    });
    table.renew(() => [
      [x.title, ...shown.lines.map(({ name }) => name)],
      ...shown.lines[0].points.map((point, n) => [
        point.x.toFixed(2), ...shown.lines.map(({ points }) => format(points[n].mean)),
      ]),
    ]);
  };
  const readAt = (value) => {
    if (value === home) return;
    home = value;
    read();
  };
  return { figure, show, readAt, unmount: frame.unmount };
}

function shade([low, high], { x, box }) {
  const width = Math.max(x(high) - x(low), 4); // One level alone is seen too.
  return svg("rect", { class: "span", x: (x(low) + x(high) - width) / 2, width, y: 0, height: box.height });
}

// Runs of points without a gap.
function runs(points) {
  const found = [[]];
  for (const point of points) {
    if (Number.isFinite(point.mean)) found.at(-1).push(point);
    else if (found.at(-1).length) found.push([]);
  }
  return found.filter((run) => run.length);
}

const path = (places) => `M${places.map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`).join("L")}`;

function track(points, { x, y }) {
  // A point by itself is a dot: a line to itself, with round ends.
  return runs(points).map((run) => path([run[0], ...run].map(({ x: at, mean }) => [x(at), y(mean)]))).join("");
}

function band(points, { x, y }) {
  const around = (run) => [
    ...run.map(({ x: at, high }) => [x(at), y(high)]), ...run.map(({ x: at, low }) => [x(at), y(low)]).reverse(),
  ];
  return runs(points).map((run) => `${path(around(run))}Z`).join("");
}
