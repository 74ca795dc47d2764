// Keeps a finger that scrolls the page from moving Streamlit's own sliders, which jump to where it comes down: they hear of
// it only once it goes sideways, or when it was a tap.

const FINGER_WAY = 6; // CSS pixels: how far a finger moves before it is going somewhere.

// Returns a function that ends it.
export function spareStreamlitSliders() {
  let waiting = null; // The touch that a slider hasn't heard of yet.
  let isReplaying = false;

  const replay = (type, { target, pointerId, clientX, clientY }) => {
    isReplaying = true;
    target.dispatchEvent(new PointerEvent(type, {
      bubbles: true, cancelable: true, composed: true, isPrimary: true, button: 0,
      buttons: type === "pointerdown" ? 1 : 0, pointerType: "touch", pointerId, clientX, clientY,
    }));
    isReplaying = false;
  };
  const down = (event) => {
    if (isReplaying || event.pointerType !== "touch" || !event.target.closest?.("[data-testid=stSlider]")) return;
    event.stopImmediatePropagation();
    const { target, pointerId, clientX, clientY } = event;
    waiting = { target, pointerId, clientX, clientY };
  };
  // The same finger comes as a second kind of event.
  const touch = (event) => {
    if (event.target.closest?.("[data-testid=stSlider]")) event.stopImmediatePropagation();
  };
  const move = (event) => {
    if (event.pointerId !== waiting?.pointerId) return;
    const [across, below] = [event.clientX - waiting.clientX, event.clientY - waiting.clientY].map(Math.abs);
    if (across < FINGER_WAY || across < below) return;
    const start = waiting;
    waiting = null;
    replay("pointerdown", start);
  };
  const up = (event) => {
    if (isReplaying || event.pointerId !== waiting?.pointerId) return;
    const start = waiting;
    waiting = null;
    if (Math.hypot(event.clientX - start.clientX, event.clientY - start.clientY) > FINGER_WAY) return;
    replay("pointerdown", start);
    replay("pointerup", start);
  };
  const cancel = (event) => { if (event.pointerId === waiting?.pointerId) waiting = null; };

  const listeners = { pointerdown: down, pointermove: move, pointerup: up, pointercancel: cancel, touchstart: touch };
  for (const [type, hear] of Object.entries(listeners)) document.addEventListener(type, hear, { capture: true, passive: true });
  return () => {
    for (const [type, hear] of Object.entries(listeners)) document.removeEventListener(type, hear, { capture: true });
  };
}
