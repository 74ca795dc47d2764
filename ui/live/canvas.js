// Watches the drawing canvas while a stroke is being drawn on it.
//
// The canvas is a component of its own and tells Streamlit of a stroke only when it is finished. But its elements stand
// in the same document: the finished strokes on one <canvas>, the stroke under the pen on another right above.

const FINISHED = "canvas.dc-canvas.lower-canvas";
const UNDER_PEN = "canvas.dc-canvas.upper-canvas";

// Calls onFrame(pixels, height, width) at each animation frame in which a pen that is down moves, with how opaque each
// pixel is, in [0, 1], and once more after it is lifted. Returns a function that stops watching.
export function watchCanvas(onFrame) {
  let pen = null; // The element that is being drawn on, or null.
  let moved = false; // Whether it has moved since it was last read.
  const copy = document.createElement("canvas");
  const context = copy.getContext("2d", { willReadFrequently: true });

  const read = (upper) => {
    const lower = upper.parentElement.querySelector(FINISHED);
    if (!lower || !lower.width || !lower.height) return;
    copy.width = lower.width; // Setting a size also clears.
    copy.height = lower.height;
    context.drawImage(lower, 0, 0);
    context.drawImage(upper, 0, 0, copy.width, copy.height);
    const { data } = context.getImageData(0, 0, copy.width, copy.height);
    const opacity = new Float32Array(copy.width * copy.height);
    for (let i = 0; i < opacity.length; i++) opacity[i] = data[4 * i + 3] / 255;
    onFrame(opacity, copy.height, copy.width);
  };

  const frame = () => {
    if (!pen) return;
    if (moved) read(pen);
    moved = false;
    requestAnimationFrame(frame);
  };
  const move = () => { moved = true; };
  const down = (event) => {
    // The path goes into the canvas's shadow root, where a selector from the document would not.
    const upper = event.composedPath().find((node) => node.matches?.(UNDER_PEN));
    if (!upper || pen) return;
    pen = upper;
    move();
    requestAnimationFrame(frame);
  };
  const lift = () => {
    if (!pen) return;
    const upper = pen;
    pen = null;
    // A frame later the canvas has moved the stroke to the finished ones.
    requestAnimationFrame(() => requestAnimationFrame(() => read(upper)));
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
