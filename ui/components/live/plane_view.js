// What the decoder makes of a plane in the latent space, as one picture of many.

import { bench } from "./bench.js";
import { decodeFloats } from "./model.js";
import { IMAGE_SIZE } from "./network.js";
import { Start } from "./start.js";
import { element, isNews, liveComponent, paintPixels } from "./view.js";

// A picture costs a pass through the decoder: those that don't fit into a frame wait for the next one.
const FRAME_BUDGET = 8; // Milliseconds.

class PlaneView {
  constructor(host) {
    this.host = host;
    this.unmount = bench().listen(host, ({ clean }) => { if (clean) host.repaint(); });
    this.sheet = element("canvas", { className: "plane" });
    this.sheet.setAttribute("role", "img");
    this.context = this.sheet.getContext("2d");
    host.stage.append(this.sheet);
  }

  update(data) {
    const { steps, vectors, around, alt } = data;
    if (isNews("around", data, this.data)) this.start = new Start(around);
    if (isNews("vectors", data, this.data)) {
      this.vectors = decodeFloats(vectors);
      this.sheet.width = this.sheet.height = steps.length * IMAGE_SIZE;
      this.next = 0;
      this.renew(data);
    }
    this.sheet.setAttribute("aria-label", alt);
    this.data = data;
  }

  renew({ steps } = this.data) {
    this.stale = steps.length ** 2;
  }

  paint([{ vae }]) {
    if (!this.start.isReady) return false;
    if (this.start.find(vae)) this.renew();
    const end = performance.now() + FRAME_BUDGET;
    const { steps } = this.data;
    const { code } = this.start;
    const [across, up] = [this.vectors.subarray(0, code.length), this.vectors.subarray(code.length)];
    while (this.stale > 0 && performance.now() < end) {
      const [row, column] = [Math.floor(this.next / steps.length), this.next % steps.length];
      const [right, high] = [steps[column], steps[steps.length - 1 - row]];
      const image = vae.decode(code.map((value, n) => value + right * across[n] + high * up[n]));
      paintPixels(this.context, image, column * IMAGE_SIZE, undefined, row * IMAGE_SIZE);
      this.next = (this.next + 1) % steps.length ** 2;
      this.stale -= 1;
    }
    return this.stale > 0;
  }
}

export default liveComponent(PlaneView);
