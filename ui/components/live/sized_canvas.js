// A <canvas> with as many pixels as the screen has for it, emptied: its context, its size, and the theme's colours.

export function sized(canvas) {
  const ratio = globalThis.devicePixelRatio || 1;
  const [width, height] = [canvas.clientWidth * ratio, canvas.clientHeight * ratio].map(Math.round);
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  const context = canvas.getContext("2d");
  context.clearRect(0, 0, width, height);
  return { context, width, height, ratio, style: getComputedStyle(canvas) };
}
