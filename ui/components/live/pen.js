// Watches the pen on the drawing canvas, while a stroke is being drawn.
//
// The canvas is a component of its own and tells Streamlit of a stroke only when it is finished. But its elements stand
// in the same document, in an open shadow root: so the points come from the same events that it draws by.

const UNDER_PEN = "canvas.dc-canvas.upper-canvas";
// The canvas's own toolbar lies over its upper right corner: it swallows strokes that begin there, and its eraser takes
// all of them. The bench has buttons of its own.
const HIDE_TOOLBAR = ".dc-toolbar { display: none !important; } .dc-canvas { outline: none; touch-action: none; }";

// Calls onFrame(points) at each animation frame in which the pen has moved, with the stroke so far in pixels of the
// canvas, and onLift(points) when it is lifted. Returns a function that stops watching.
export function watchPen(onFrame, onLift) {
  let pen = null; // The element that is being drawn on, or null.
  let points = [];
  let moved = false;

  const add = (event) => {
    const box = pen.getBoundingClientRect();
    const scale = pen.clientWidth / box.width || 1;
    const point = [(event.clientX - box.left) * scale, (event.clientY - box.top) * scale];
    const last = points.at(-1);
    if (last && last[0] === point[0] && last[1] === point[1]) return;
    points.push(point);
    moved = true;
  };
  const frame = () => {
    if (!pen) return;
    if (moved) onFrame(smooth(points));
    moved = false;
    requestAnimationFrame(frame);
  };
  const down = (event) => {
    // The path goes into the canvas's shadow root, where a selector from the document would not.
    const upper = event.composedPath().find((node) => node.matches?.(UNDER_PEN));
    if (!upper || pen || event.button !== 0) return;
    pen = upper;
    points = [];
    add(event);
    requestAnimationFrame(frame);
  };
  const move = (event) => { if (pen) add(event); };
  const lift = () => {
    if (!pen) return;
    pen = null;
    onLift(smooth(points));
  };

  document.addEventListener("pointerdown", down, true);
  document.addEventListener("pointermove", move, true);
  for (const type of ["pointerup", "pointercancel"]) document.addEventListener(type, lift, true);
  return () => {
    pen = null;
    document.removeEventListener("pointerdown", down, true);
    document.removeEventListener("pointermove", move, true);
    for (const type of ["pointerup", "pointercancel"]) document.removeEventListener(type, lift, true);
  };
}

// The canvas draws curves through the middles between the pen's points, with the points as their controls; here each
// curve is two straight pieces. ui/bench/canvas.py does the same with a finished stroke.
export function smooth(points) {
  if (points.length < 3) return points;
  const line = [points[0]];
  for (let n = 0; n < points.length - 1; n++) {
    const from = line.at(-1), control = points[n];
    const to = control.map((value, axis) => (value + points[n + 1][axis]) / 2);
    line.push(from.map((value, axis) => (value + 2 * control[axis] + to[axis]) / 4), to);
  }
  line.push(points.at(-1));
  return line;
}

// The canvas tells Python of a stroke a fifth of a second after it is finished: Undo could come before. Its own button for
// telling, which the bench hides, is pressed as soon as the stroke is on it.
export function tellAtOnce() {
  setTimeout(() => {
    const root = [...document.querySelectorAll(".st-key-pad *")].map((host) => host.shadowRoot).find(Boolean);
    root?.querySelector('button[title^="Update the app"]')?.click();
  }, 40);
}

// Hides the canvas's own toolbar and names the canvas for those who don't see it, as soon as there is a canvas: its
// script may load later than this one. Returns a function that stops waiting for it.
export function prepareCanvas(name) {
  let waiting;
  const look = () => {
    const roots = [...document.querySelectorAll(".st-key-pad *")].map((host) => host.shadowRoot);
    const root = roots.find((one) => one?.querySelector(".dc-root"));
    if (!root) {
      waiting = setTimeout(look, 100);
    } else if (!root.querySelector("style[data-bench]")) {
      const style = document.createElement("style");
      style.dataset.bench = "";
      style.textContent = HIDE_TOOLBAR;
      root.append(style);
      const upper = root.querySelector(UNDER_PEN);
      upper.setAttribute("role", "img");
      upper.setAttribute("aria-label", name);
    }
  };
  look();
  return () => clearTimeout(waiting);
}
