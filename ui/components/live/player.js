// What plays a row of pictures to and fro: the controls, and which picture's turn it is.

import { element, slider } from "./view.js";

const FRAMES_A_SECOND = 20;

// count: how many pictures; format: (index) => words for its place; onMove: called when the visitor moves or plays it.
// {box, index(), advance(now)}: advance lets time pass, and says whether it is playing.
export function makePlayer({ count, format, onMove }) {
  // It begins in the middle. The phase runs once around for the way there and back.
  let phase = 0.25;
  let before = null;
  let playing = !matchMedia("(prefers-reduced-motion: reduce)").matches;
  const index = () => Math.round((count - 1) * (1 - Math.abs(1 - 2 * (phase % 1))));
  const button = element("button", { type: "button", className: "play" });
  const position = slider({
    name: "Position",
    min: 0, max: count - 1, step: 1,
    format,
    home: () => 0,
    onMove: (place) => {
      play(false);
      phase = place / (count - 1) / 2;
    },
    onSettle: () => {},
  });
  const speed = slider({
    name: "Speed",
    min: 0.25, max: 3, step: 0.25,
    format: (times) => `${times}×`,
    home: () => 1,
    onMove: () => {},
    onSettle: () => {},
  });
  const play = (wanted) => {
    playing = wanted;
    before = null;
    button.textContent = playing ? "❚❚ Pause" : "▶ Play";
    onMove();
  };
  const advance = (now) => {
    // A tab that was hidden comes back where it was, not where it would have been.
    const seconds = playing && before !== null ? Math.min(now - before, 100) / 1000 : 0;
    before = now;
    phase += seconds * Number(speed.input.value) * FRAMES_A_SECOND / (2 * (count - 1));
    position.set(index());
    return playing;
  };
  button.onclick = () => play(!playing);
  speed.set(1);
  position.set(index());
  play(playing);
  return { box: element("div", { className: "controls" }, position.row, speed.row, button), index, advance };
}
