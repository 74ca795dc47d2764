// What a picture reads as, in words, and where that changes as the noise rises.

import { bench } from "./bench.js";
import { Gradual } from "./gradual.js";
import { corrupt } from "./corruptions.js";
import { likeliest } from "./reader.js";
import { element, fill } from "./view.js";

// A probability as a whole percentage, which is never 0 or 100.
export function shareInWords(share, { words, ends: [least, most] }) {
  if (share >= most) return words.most;
  return share < least ? words.least : `${(100 * share).toFixed(0)}%`;
}

// Two lines for beneath a picture, the likeliest reading and the runner-up: {box, show(host, image)}.
export function readsAs() {
  const first = element("strong"), second = element("span");
  const box = element("p", { className: "reads-as" }, first, second);
  const show = ({ reader, data }, image) => {
    box.hidden = !data.reader;
    if (!reader) return;
    const { words } = data.reader;
    const lines = likeliest(reader.read(image)).map(({ reading, confidence }, place) =>
      fill(place ? words.second : words.first, { digit: reading, share: shareInWords(confidence, data.reader) }));
    [first.textContent, second.textContent] = lines;
  };
  return { box, show };
}

const LEVELS = Array.from({ length: 41 }, (_, n) => n / 40);

// What the denoised digit reads as at each level.
function* readLevels({ clean, kind, field, hole, vae, reader }) {
  const found = [];
  for (const level of LEVELS) {
    const [{ reading }] = likeliest(reader.read(vae.denoise(corrupt(clean, kind, level, field, hole))));
    found.push(reading);
    yield;
  }
  yield found;
}

// Runs of equal readings: [{reading, from, to}], with levels in their middle between two that were tried.
export function runsOf(readings) {
  const runs = [];
  readings.forEach((reading, n) => {
    if (runs.at(-1)?.reading === reading) return;
    const from = n ? (LEVELS[n - 1] + LEVELS[n]) / 2 : 0;
    if (n) runs.at(-1).to = from;
    runs.push({ reading, from, to: 1 });
  });
  return runs;
}

// A scale for beneath the slider of the noise: what the denoised digit reads as at which level.
// {box, step(models): whether there is more to do, renew(), unmount()}.
export function readingScale(host) {
  const box = element("div", { className: "reading-scale", hidden: true });
  box.setAttribute("role", "img");
  const gradual = new Gradual(host, {
    snapshot: ([{ vae }]) => {
      const { clean, corruption: kind, field, hole, isReady } = bench();
      return isReady && host.reader ? { clean, kind, field, hole, vae, reader: host.reader } : null;
    },
    work: readLevels,
    show: (readings) => {
      const runs = runsOf(readings);
      const { words } = host.data.reader;
      box.replaceChildren(...runs.map(({ reading, from, to }, n) => {
        const isWide = n === 0 && to - from > 0.4;
        const textContent = isWide ? fill(words.run, { digit: reading }) : String(reading);
        const part = element("span", { textContent });
        part.style.flexGrow = to - from;
        return part;
      }));
      const parts = runs.map(({ reading, from }) => fill(words.turn, { digit: reading, level: from.toFixed(2) }));
      box.setAttribute("aria-label", fill(words.scale, { parts: parts.join(", ") }));
      box.title = box.getAttribute("aria-label");
      box.hidden = false;
    },
  });
  const step = (models) => {
    if (host.reader) return gradual.step(models);
    box.hidden = true;
    return false;
  };
  return { box, step, renew: () => gradual.renew(), unmount: gradual.unmount };
}
