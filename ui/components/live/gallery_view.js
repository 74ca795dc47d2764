// The notebook's gallery: ten test digits, clean, at the current noise, and denoised.

import { bench } from "./bench.js";
import { fetchBytes } from "./fetch.js";
import { IMAGE_PIXELS } from "./network.js";
import { element, liveComponent, picture } from "./view.js";

// A digit costs a whole pass through the network: those that don't fit into a frame wait for the next one.
const FRAME_BUDGET = 8; // Milliseconds.

class GalleryView {
  constructor(host) {
    this.host = host;
    const stop = bench().listen(host, ({ level, corruption, hole }) => {
      // The pen changes nothing here.
      if (level !== undefined || corruption !== undefined || hole !== undefined) this.renew();
    });
    this.unmount = stop;
    this.box = element("div", { className: "gallery" });
    host.stage.append(this.box);
  }

  update(data) {
    const { digits, field } = data;
    if (digits.url !== this.data?.digits.url) this.fetch("digits", digits.url, (bytes) => this.arrange(bytes));
    if (field.url !== this.data?.field.url) {
      this.fetch("field", field.url, (bytes) => { this.field = new Float32Array(bytes.slice().buffer); });
    }
    this.data = data;
    this.renew();
  }

  fetch(what, url, take) {
    fetchBytes(url).then(
      (bytes) => this.host.guard(() => {
        if (this.data[what].url !== url) return; // Something else is asked for by now.
        take(bytes);
        this.renew();
      }),
      (error) => this.host.guard(() => { throw error; }),
    );
  }

  arrange(bytes) {
    this.columns = Array.from({ length: bytes.length / IMAGE_PIXELS }, (_, index) => {
      const pixels = bytes.subarray(index * IMAGE_PIXELS, (index + 1) * IMAGE_PIXELS);
      const clean = Float32Array.from(pixels, (shade) => shade / 255);
      const pictures = ["Original", "Noisy", "Denoised"].map((name) => picture("", `${name}, test ${this.data.noun} ${index}`));
      pictures[2].figure.className = "denoised";
      pictures[0].show(clean);
      return { clean, pictures };
    });
    const rows = ["Original", "Noisy", "Denoised"].flatMap((name, row) => [
      element("p", { textContent: name }),
      element("div", { className: "ten" }, ...this.columns.map(({ pictures }) => pictures[row].figure)),
    ]);
    this.box.replaceChildren(...rows);
  }

  renew() {
    this.stale = this.columns?.length ?? 0;
    this.host.repaint();
  }

  paint([{ vae }]) {
    if (!this.columns || !this.field || !bench().isReady) return false;
    const end = performance.now() + FRAME_BUDGET;
    while (this.stale > 0 && performance.now() < end) {
      this.next = ((this.next ?? -1) + 1) % this.columns.length;
      const { clean, pictures } = this.columns[this.next];
      const noisy = bench().noisyOf(clean, this.field, this.next);
      pictures[1].show(noisy);
      pictures[2].show(vae.denoise(noisy));
      this.stale -= 1;
    }
    return this.stale > 0;
  }
}

export default liveComponent(GalleryView);
