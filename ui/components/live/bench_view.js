// The bench's own view: it names the digit, follows the pen, and shows the noisy and the denoised digit on pages that
// don't.

import { bench, noiseSliders } from "./bench.js";
import { drawingToDigit } from "./drawing.js";
import { decodeFloats } from "./model.js";
import { hideToolbar, watchPen } from "./pen.js";
import { element, isNews, liveComponent, picture } from "./view.js";

class BenchView {
  constructor(host) {
    this.host = host;
    this.strokes = []; // The finished ones.
    this.name = element("p", { className: "digit-name" });
    this.results = element("div", { className: "results" });
    host.stage.append(this.name, this.results);
    const stop = [
      watchPen(
        (stroke) => host.guard(() => this.draw([...this.strokes, stroke])),
        (stroke) => host.guard(() => {
          this.strokes.push(stroke);
          this.draw(this.strokes);
        }),
      ),
      bench().listen(host, () => host.repaint()),
      listenForUndo(),
    ];
    this.unmount = () => {
      stop.forEach((end) => end());
      this.stopWaiting?.();
      this.sliders?.unmount();
    };
  }

  update(data) {
    const before = this.data;
    this.data = data;
    this.stopWaiting?.();
    if (data.drawing) this.stopWaiting = hideToolbar();
    const fields = { field: decodeFloats(data.field), corruption: data.corruption };
    if (isNews("level", data, before)) fields.level = data.level;
    if (isNews("hole", data, before)) fields.hole = data.hole;
    // A rerun may still tell of a drawing that has got another stroke meanwhile; the next one tells of that.
    const isOld = data.drawing && before?.drawing && data.strokes.length < this.strokes.length
      && data.changes === before.changes;
    if (!isOld) {
      this.strokes = data.strokes.map((numbers) => pairs(numbers));
      Object.assign(fields, { clean: decodeFloats(data.clean), title: data.title });
      this.say(data.problem || data.title, data.problem);
    }
    if (isNews("shown", data, before)) this.arrange(data.shown);
    if (isNews("page", data, before)) completeAddress(data.address);
    this.showHint();
    bench().change(fields);
  }

  // The digit that strokes make, or, if they make none, the one that stands in.
  draw(strokes) {
    if (!this.data.drawing) return;
    const { digit, problem } = drawingToDigit(strokes);
    const { standIn, words } = this.data;
    this.showHint(strokes.length);
    if (digit) {
      this.say(words.drawing);
      bench().change({ clean: digit, title: words.drawing });
    } else {
      this.say(words[problem], true);
      bench().change({ clean: decodeFloats(standIn.clean), title: standIn.title });
    }
  }

  say(text, isProblem = false) {
    this.name.textContent = text;
    this.name.classList.toggle("problem", Boolean(isProblem));
  }

  showHint(count = this.strokes.length) {
    const { dataset } = document.documentElement;
    if (count) dataset.drawn = "";
    else delete dataset.drawn;
  }

  arrange(shown) {
    this.sliders?.unmount();
    this.sliders = null;
    this.results.replaceChildren();
    if (!shown) return;
    this.noisy = picture("Noisy");
    this.denoised = picture("Denoised");
    this.sliders = noiseSliders(this.host);
    const figures = element("div", { className: "pictures" }, this.noisy.figure, this.denoised.figure);
    this.results.append(figures, this.sliders.box);
  }

  preview() {
    if (!this.data.shown || !bench().isReady) return null;
    const noisy = bench().noisy();
    this.noisy.show(noisy);
    this.noisy.describe(`${bench().title}, noisy, level ${bench().level.toFixed(2)}`);
    return noisy;
  }

  paint([{ vae }]) {
    const noisy = this.preview();
    if (!noisy) return;
    this.denoised.show(vae.denoise(noisy));
    this.denoised.describe(`${bench().title}, denoised`);
  }
}

const pairs = (numbers) => Array.from({ length: numbers.length / 2 }, (_, n) => [numbers[2 * n], numbers[2 * n + 1]]);

// A page that is chosen from the menu begins with its bare address, and Streamlit takes the address that Python writes for
// the one before, if both come in one batch of messages: then it is written here, in place of the bare one.
function completeAddress(address) {
  setTimeout(() => {
    if (address && !location.search) history.replaceState(history.state, "", `${location.pathname}?${address}`);
  }, 300);
}

// Ctrl+Z presses the bench's Undo, unless something is being typed.
function listenForUndo() {
  const press = (event) => {
    if (event.key !== "z" || !(event.ctrlKey || event.metaKey) || event.shiftKey) return;
    if (event.composedPath().some((node) => node.matches?.("input:not([type=range]), textarea, [contenteditable]"))) return;
    const button = document.querySelector(".st-key-undo-stroke button");
    if (!button) return;
    event.preventDefault();
    button.click();
  };
  document.addEventListener("keydown", press);
  return () => document.removeEventListener("keydown", press);
}

export default liveComponent(BenchView);
