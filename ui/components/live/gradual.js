// Work on the bench's digit that takes many frames, done bit by bit beside views that follow the pen at every frame.

import { bench } from "./bench.js";
import { fetchBytes } from "./fetch.js";
import { IMAGE_PIXELS } from "./network.js";

// Milliseconds of a frame: the smaller one while something moves. It rests when nothing has changed for a while.
const WORK_BUDGET = 8, MOVING_BUDGET = 2, REST = 200;

export class Gradual {
  // snapshot(models): all that the results depend on, as an object, or null while something is missing. The work stays
  // with it, so that what is shown is of one digit and one noise even when others have come since.
  // work(snapshot): a generator that yields after each bit: results to show, or nothing when there are no new ones. Until
  // the first results it is never broken off, so that while the pen moves there is always something recent.
  // show(results, snapshot).
  constructor(host, { snapshot, work, show }) {
    Object.assign(this, { host, snapshot, work, show });
    const stop = bench().listen(host, () => this.renew());
    const watcher = new IntersectionObserver((entries) => {
      this.isInSight = entries.at(-1).isIntersecting;
      host.repaint();
    });
    watcher.observe(host.stage);
    this.unmount = () => {
      stop();
      watcher.disconnect();
    };
  }

  // Something may have changed.
  renew() {
    this.isChanged = true;
    this.changed = performance.now();
    this.host.repaint();
  }

  // To be called at each painting; says whether there is more to do.
  step(models) {
    const start = performance.now();
    const isMoving = start - this.changed < REST;
    const end = start + (isMoving ? MOVING_BUDGET : WORK_BUDGET);
    if (models !== this.models) this.isChanged = true;
    this.models = models;
    let results = null;
    while (performance.now() < end) {
      if (this.isChanged && (this.hasResults || !this.bits)) this.begin(models);
      const waits = isMoving && (this.hasResults || !this.isInSight);
      if (!this.bits || waits) break;
      const { value, done } = this.bits.next();
      if (value) {
        results = value;
        this.hasResults = true;
      }
      if (done) this.bits = null;
    }
    if (results) this.show(results, this.of);
    return Boolean(this.bits);
  }

  begin(models) {
    this.isChanged = false;
    const next = this.snapshot(models);
    // A rerun tells everything again.
    if (next && this.of && Object.keys(next).every((name) => isSame(next[name], this.of[name]))) return;
    this.of = next;
    this.bits = next && this.work(next);
    this.hasResults = false;
  }
}

function isSame(one, other) {
  if (one === other) return true;
  return one?.length > 0 && one.length === other?.length && one.every((value, n) => value === other[n]);
}

// Fetches what a view needs by address: take(bytes, url). A slow answer to an earlier question comes to nothing.
export function fetcher(host, take) {
  let wanted = null;
  return (url) => {
    if (url === wanted) return;
    wanted = url;
    fetchBytes(url).then(
      (bytes) => host.guard(() => { if (url === wanted) take(bytes, url); }),
      (error) => host.guard(() => { throw error; }),
    );
  };
}

// The fields of several draws of noise, from bytes: rows of 784 numbers.
export function readFields(bytes) {
  const all = new Float32Array(bytes.slice().buffer); // A copy stands at a multiple of four.
  return Array.from({ length: all.length / IMAGE_PIXELS }, (_, n) => all.subarray(n * IMAGE_PIXELS, (n + 1) * IMAGE_PIXELS));
}
