// The code that a walk through the latent space passes through.

import { bench } from "./bench.js";
import { decodeFloats } from "./model.js";

export class Start {
  code = null;

  // around: a code, as Python sends numbers, or null for the current digit's.
  constructor(around) {
    this.around = around;
  }

  get isReady() {
    return Boolean(this.around) || bench().isReady;
  }

  // Whether the code is another one than it was when last asked.
  find(vae) {
    const source = this.around ?? bench().clean;
    if (source === this.source && vae === this.vae) return false;
    const code = this.around ? decodeFloats(this.around) : vae.encode(source);
    const isSame = vae === this.vae && code.every((value, n) => value === this.code[n]);
    Object.assign(this, { source, vae, code });
    return !isSame;
  }
}
