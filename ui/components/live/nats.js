// How many nats each number of a code costs, as bars, the dearest first; a dead number is a cross, and a bar that is
// too long has a gap.

import { sized } from "./sized_canvas.js";
import { element } from "./view.js";

// {figure, show(rates, active, most)}. rates: nats by dimension; active: whether each is in use; most: nats at the top.
export function natBars() {
  const canvas = element("canvas", { className: "nats" });
  canvas.setAttribute("role", "img");
  const show = (rates, active, most) => {
    const { context, width, height, ratio, style } = sized(canvas);
    const order = Array.from(rates.keys()).sort((a, b) => rates[b] - rates[a]);
    const step = width / rates.length;
    const [accent, text] = ["--st-primary-color", "--st-text-color"].map((name) => style.getPropertyValue(name));
    const cross = Math.min(0.25 * step, 3 * ratio);
    context.lineWidth = ratio;
    order.forEach((dimension, place) => {
      const middle = (place + 0.5) * step;
      if (active[dimension]) {
        const tall = Math.max(Math.min(rates[dimension] / most, 1) * height, ratio);
        context.fillStyle = accent;
        context.fillRect(middle - 0.4 * step, height - tall, 0.8 * step, tall);
        if (rates[dimension] > most) context.clearRect(middle - 0.5 * step, 8 * ratio, step, 3 * ratio);
        return;
      }
      const low = height - cross - ratio;
      context.strokeStyle = text;
      context.globalAlpha = 0.6;
      context.beginPath();
      for (const side of [-1, 1]) {
        context.moveTo(middle - cross, low - side * cross);
        context.lineTo(middle + cross, low + side * cross);
      }
      context.stroke();
      context.globalAlpha = 1;
    });
    const alive = order.filter((dimension) => active[dimension]).map((dimension) => rates[dimension].toFixed(1));
    canvas.setAttribute("aria-label", `Nats by number of the code: ${alive.join(", ")}; ` +
      `${order.length - alive.length} are dead`);
  };
  return { figure: element("figure", {}, canvas), show };
}
