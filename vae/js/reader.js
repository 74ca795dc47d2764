// The reader: the counterpart of vae/reader.py.

import { download, keep } from "./fetch.js";
import { readModel } from "./model.js";
import { IMAGE_SIZE, assemble } from "./network.js";

export class Reader {
  #chains;

  // description: the "network" of a reader's card. weights: {name: Float32Array}, named as in vae/config.py.
  constructor(description, weights, options = {}) {
    this.classes = description.classes;
    const last = [{ kind: "dense", units: this.classes, activation: "linear" }];
    this.#chains = assemble([
      { name: "features", layers: description.layers, from: [IMAGE_SIZE, IMAGE_SIZE, 1], back: true },
      { name: "scores", layers: last, from: "features", back: true },
    ], weights, options);
  }

  // image: 784 numbers in [0, 1]. Returns the probability of each class.
  read(image) {
    const scores = this.#chains.run("scores", this.#chains.run("features", image));
    const largest = Math.max(...scores);
    const exponentials = scores.map((score) => Math.exp(score - largest));
    const total = exponentials.reduce((sum, value) => sum + value, 0);
    return exponentials.map((value) => value / total);
  }

  // The probability of each class, and the gradient of the logarithm of one of them with respect to the picture.
  backward(image, target) {
    const probabilities = this.read(image);
    const gradient = probabilities.map((probability, n) => (n === target ? 1 : 0) - probability);
    return {
      probabilities,
      gradient: this.#chains.backward("features", this.#chains.backward("scores", gradient)),
    };
  }
}

// The two likeliest classes and their probabilities, the likelier first: [{reading, confidence}, ...].
export const likeliest = (probabilities) =>
  Array.from(probabilities, (confidence, reading) => ({ reading, confidence }))
    .sort((a, b) => b.confidence - a.confidence)
    .slice(0, 2);

export function unpackReader(bytes) {
  const { network, weights } = readModel(bytes);
  return new Reader(network, weights);
}

// A promise of the reader that stands at an address.
export const fetchReader = (id, url) =>
  keep((globalThis.liveReaders ??= new Map()), id, async () => unpackReader(await download(url)));
