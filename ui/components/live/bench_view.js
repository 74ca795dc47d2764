// The bench's own view: it names the digit, follows the pen, and shows the noisy and the denoised digit on pages that
// don't.

import { bench, noiseSliders } from "./bench.js";
import { drawingToDigit } from "./drawing.js";
import { decodeFloats } from "./model.js";
import { prepareCanvas, tellAtOnce, watchPen } from "./pen.js";
import { readingScale, readsAs } from "./reads_as.js";
import { spareStreamlitSliders } from "./touch.js";
import { element, isNews, liveComponent, picture } from "./view.js";

class BenchView {
  constructor(host) {
    this.host = host;
    this.strokes = []; // The finished ones.
    this.lifted = -Infinity; // When the pen was last lifted.
    this.name = element("p", { className: "digit-name" });
    this.results = element("div", { className: "results" });
    host.stage.append(this.name, this.results);
    const stop = [
      watchPen(
        (stroke) => host.guard(() => this.draw([...this.strokes, stroke])),
        (stroke) => host.guard(() => {
          this.strokes.push(stroke);
          this.lifted = performance.now();
          this.draw(this.strokes);
          tellAtOnce();
        }),
      ),
      bench().listen(host, () => host.repaint()),
      listen("keydown", undoByKey),
      listen("click", closeMenu),
      listen("click", holdPenForChange),
      spareStreamlitSliders(),
    ];
    this.unmount = () => {
      stop.forEach((end) => end());
      this.stopWaiting?.();
      clearInterval(this.completing);
      clearTimeout(this.later);
      this.disarrange();
    };
  }

  update(data) {
    const before = this.data;
    this.data = data;
    this.stopWaiting?.();
    if (data.drawing) this.stopWaiting = prepareCanvas(data.words.canvas);
    const fields = { field: decodeFloats(data.field), corruption: data.corruption };
    for (const field of ["level", "hole"]) {
      if (isNews(field, data, before) && bench().trusts(field, data[field])) fields[field] = data[field];
    }
    // A rerun may still tell of a drawing that has got another stroke meanwhile; the next one tells of that.
    const isOld = data.drawing && before?.drawing && data.strokes.length < this.strokes.length
      && data.changes === before.changes && performance.now() < this.lifted + PATIENCE_WITH_STROKES;
    clearTimeout(this.later);
    // Should no other tell come, what this one says holds after all.
    if (isOld) this.later = setTimeout(() => this.host.guard(() => this.update(data)), PATIENCE_WITH_STROKES);
    if (isNews("changes", data, before)) holdPen(false);
    if (!isOld) {
      this.strokes = data.strokes.map((numbers) => pairs(numbers));
      Object.assign(fields, { clean: decodeFloats(data.clean), title: data.title });
      this.say(data.problem || data.title, data.problem);
    }
    if (data.denoised) {
      const { corruption, level } = data;
      bench().first = { clean: decodeFloats(data.clean), corruption, level, denoised: decodeFloats(data.denoised) };
    }
    if (isNews("shown", data, before)) this.arrange(data.shown);
    if (isNews("page", data, before)) {
      clearInterval(this.completing);
      this.completing = completeAddress(data.page, data.address);
    }
    this.showHint();
    bench().change(fields);
  }

  // The digit that strokes make, or, if they make none, the one that stands in.
  draw(strokes) {
    if (!this.data.drawing) return;
    const { canvasSide, standIn, words } = this.data;
    const { digit, problem } = drawingToDigit(strokes, canvasSide);
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

  disarrange() {
    this.sliders?.unmount();
    this.scale?.unmount();
    this.sliders = this.scale = null;
    this.results.replaceChildren();
  }

  arrange(shown) {
    this.disarrange();
    if (!shown) return;
    this.noisy = picture("Noisy");
    this.denoised = picture("Denoised");
    this.readsAs = readsAs();
    this.scale = readingScale(this.host);
    this.sliders = noiseSliders(this.host, this.scale.box);
    this.denoised.figure.className = "denoised";
    this.denoised.figure.append(this.readsAs.box);
    const figures = element("div", { className: "pictures" }, this.noisy.figure, this.denoised.figure);
    this.results.append(figures, this.sliders.box);
  }

  preview() {
    if (!this.data.shown || !bench().isReady) return null;
    const noisy = bench().noisy();
    this.noisy.show(noisy);
    this.noisy.describe(`${bench().title}, noisy, level ${bench().level.toFixed(2)}`);
    if (bench().foreseen) this.denoised.show(bench().foreseen);
    return noisy;
  }

  paint(models) {
    const noisy = this.preview();
    if (!noisy) return false;
    const denoised = models[0].vae.denoise(noisy);
    this.denoised.show(denoised);
    this.denoised.describe(`${bench().title}, denoised`);
    this.readsAs.show(this.host, denoised);
    return this.scale.step(models);
  }
}

const PATIENCE_WITH_STROKES = 1200; // Milliseconds that a rerun may take to hear of a stroke.

const pairs = (numbers) => Array.from({ length: numbers.length / 2 }, (_, n) => [numbers[2 * n], numbers[2 * n + 1]]);

// A page that is chosen from the menu begins with its bare address. The settings are written in place of it, as soon as it
// is there: Python would write a second one, a step more for the Back button.
function completeAddress(page, address) {
  const timer = setInterval(() => {
    if (page && !location.pathname.endsWith(`/${page}`)) return;
    clearInterval(timer);
    if (address && !location.search) history.replaceState(history.state, "", `${location.pathname}?${address}`);
  }, 20);
  return timer;
}

function listen(type, hear) {
  document.addEventListener(type, hear);
  return () => document.removeEventListener(type, hear);
}

// Ctrl+Z presses the bench's Undo, unless something is being typed.
function undoByKey(event) {
  if (event.key !== "z" || !(event.ctrlKey || event.metaKey) || event.shiftKey) return;
  if (event.composedPath().some((node) => node.matches?.("input:not([type=range]), textarea, [contenteditable]"))) return;
  const button = document.querySelector(".st-key-undo-stroke button");
  if (!button) return;
  event.preventDefault();
  button.click();
}

// The canvas loads what Undo and Clear leave a moment after they are pressed: a stroke begun meanwhile would be cut.
function holdPenForChange(event) {
  if (!event.target.closest?.(".st-key-strokes button")) return;
  holdPen(true);
  setTimeout(() => holdPen(false), 2000);
}

function holdPen(isHeld) {
  document.querySelector(".st-key-pad")?.style.setProperty("pointer-events", isHeld ? "none" : "auto");
}

// On a phone the menu lies over the page: it goes when a page is chosen.
function closeMenu(event) {
  if (!event.target.closest?.("[data-testid=stSidebarNavLink]")) return;
  if (matchMedia("(max-width: 768px)").matches) {
    document.querySelector("[data-testid=stSidebarCollapseButton] button")?.click();
  }
}

export default liveComponent(BenchView);
