// A moving picture that plays in the browser alone: frames to and fro, with play, pause, speed and position.

const FRAMES_A_SECOND = 20;

export default function ({ parentElement, data }) {
  const find = (name) => parentElement.querySelector(`[data-part="${name}"]`);
  const [canvas, button] = ["screen", "play"].map(find);
  const [speed, pace, position, place] = ["speed", "pace", "position", "place"].map(find);
  const { sprite, count, size, first, last, label } = data;
  const context = canvas.getContext("2d");
  canvas.width = canvas.height = size;
  canvas.setAttribute("aria-label", label);
  position.max = count - 1;

  // One image holds all frames in a row.
  const film = new Image();
  // It begins in the middle, at the start of the walk.
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const state = parentElement.player ??= { playing: !still, phase: 0.25, stop() {} };
  let request = 0;
  let before = 0;

  // The phase runs once around for the way there and back.
  const frame = () => Math.round((count - 1) * (1 - Math.abs(1 - 2 * (state.phase % 1))));
  const show = () => {
    const index = frame();
    context.drawImage(film, index * size, 0, size, size, 0, 0, size, size);
    const value = first + (last - first) * index / (count - 1);
    position.value = index;
    place.textContent = `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(1)} sd`;
    position.setAttribute("aria-valuetext", place.textContent);
  };
  const showPace = () => { pace.textContent = `${speed.value}×`; };
  const tick = (now) => {
    // A tab that was hidden comes back where it was, not where it would have been.
    const seconds = Math.min(now - before, 100) / 1000;
    before = now;
    state.phase += seconds * speed.value * FRAMES_A_SECOND / (2 * (count - 1));
    show();
    request = requestAnimationFrame(tick);
  };
  const play = (playing) => {
    state.playing = playing;
    cancelAnimationFrame(request);
    button.textContent = playing ? "❚❚ Pause" : "▶ Play";
    if (playing) {
      before = performance.now();
      request = requestAnimationFrame(tick);
    }
  };

  // New frames come to the same elements with another call of this function: the player before has to stop.
  state.stop();
  state.stop = () => { film.onload = null; cancelAnimationFrame(request); };

  film.onload = () => { show(); play(state.playing); };
  film.src = sprite;
  speed.oninput = showPace;
  showPace();
  button.onclick = () => play(!state.playing);
  position.oninput = () => {
    play(false);
    state.phase = position.value / (count - 1) / 2;
    show();
  };

  return () => state.stop();
}
