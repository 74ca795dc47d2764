// The forward pass and the way back: the counterpart of vae/inference.py, built from the same description and weights.
//
// Dense, convolution and transposed convolution are one thing here: at each output pixel, a weighted sum of rows of
// weights, one row for each number that the pixel sees. What differs is only which numbers it sees, and that is worked
// out once, when a layer is built. So one kernel runs them all.

import { LANES, TERMS, makeKernel } from "./kernel.js";

export const IMAGE_SIZE = 28;
export const IMAGE_PIXELS = IMAGE_SIZE * IMAGE_SIZE;

// Each works in place on a typed array.
const ACTIVATIONS = {
  linear: () => {},
  relu: (x) => { for (let i = 0; i < x.length; i++) if (x[i] < 0) x[i] = 0; },
  sigmoid: (x) => { for (let i = 0; i < x.length; i++) x[i] = 1 / (1 + Math.exp(-x[i])); },
};

// The derivative of each, from its output.
const DERIVATIVES = {
  linear: () => 1,
  relu: (y) => (y > 0 ? 1 : 0),
  sigmoid: (y) => y * (1 - y),
};

const product = (shape) => shape.reduce((total, size) => total * size, 1);
const roundUp = (n, multiple) => Math.ceil(n / multiple) * multiple;

// Where a layer's pixels look. Returns the output's shape, how many numbers a segment holds, and for each output pixel
// its segments, flattened pairs of (first input number, first row of weights).
const connectDense = ({ units }, shape) => ({ shape: [units], units, length: shape[0], pixels: [[0, 0]] });

function connectConvolution({ kernel, stride, filters }, shape, transposed) {
  const [height, width, channels] = shape;
  const rows = transposed ? height * stride : Math.ceil(height / stride);
  const columns = transposed ? width * stride : Math.ceil(width / stride);
  // TensorFlow's "same" padding, of which a transposed convolution is the mirror.
  const before = (size) => transposed
    ? (kernel - stride) >> 1
    : Math.max((Math.ceil(size / stride) - 1) * stride + kernel - size, 0) >> 1;
  // Which input pixel output pixel `at` sees through tap `tap`, or -1.
  const source = (at, tap, size) => {
    const position = transposed ? (at + before(size) - tap) / stride : at * stride + tap - before(size);
    return Number.isInteger(position) && position >= 0 && position < size ? position : -1;
  };
  const pixels = [];
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const segments = [];
      for (let i = 0; i < kernel; i++) {
        const y = source(row, i, height);
        for (let j = 0; j < kernel && y >= 0; j++) {
          const x = source(column, j, width);
          if (x >= 0) segments.push((y * width + x) * channels, (i * kernel + j) * channels);
        }
      }
      pixels.push(segments);
    }
  }
  return { shape: [rows, columns, filters], units: filters, length: channels, pixels };
}

// (k, k, filters, inputs) -> (k, k, inputs, filters): as a plain convolution has it, rows of filters.
function swapLastAxes(weights, taps, filters, inputs) {
  const swapped = new Float32Array(weights.length);
  for (let tap = 0, start = 0; tap < taps; tap++, start += filters * inputs) {
    for (let f = 0; f < filters; f++) {
      for (let c = 0; c < inputs; c++) swapped[start + c * filters + f] = weights[start + f * inputs + c];
    }
  }
  return swapped;
}

// space_to_depth and depth_to_space only move numbers: output number n is input number order[n].
function blockOrder({ block }, shape, toDepth) {
  const [height, width, channels] = shape;
  const [rows, columns] = toDepth ? [height / block, width / block] : [height, width];
  const depth = toDepth ? channels : channels / (block * block);
  const packed = [rows, columns, block * block * depth];
  const spread = [rows * block, columns * block, depth];
  const order = new Int32Array(product(shape));
  let n = 0;
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      for (let i = 0; i < block; i++) {
        for (let j = 0; j < block; j++) {
          for (let c = 0; c < depth; c++, n++) {
            const place = ((row * block + i) * columns * block + column * block + j) * depth + c;
            if (toDepth) order[n] = place;
            else order[place] = n;
          }
        }
      }
    }
  }
  return { shape: toDepth ? packed : spread, order };
}

// Weights as vae/packing.py packs them. index: {name: {shape, floats}} for what travels as float32, {name: {shape, values,
// scales, units, inner}} for 8-bit numbers, each times the scale of its block: of `block` weights of one unit, counted
// through the kernel. `inner` weights in a row are of one unit.
export function readWeights(index, block, { floats, scales, values }) {
  const read = (entry) => {
    const count = product(entry.shape);
    if ("floats" in entry) return floats.subarray(entry.floats, entry.floats + count);
    const { units, inner } = entry;
    const weights = new Float32Array(count);
    for (let n = 0; n < count; n++) {
      const row = Math.floor(n / inner);
      const input = Math.floor(row / units) * inner + (n % inner);
      const scale = scales[entry.scales + Math.floor(input / block) * units + (row % units)];
      weights[n] = values[entry.values + n] * scale;
    }
    return weights;
  };
  return Object.fromEntries(Object.entries(index).map(([name, entry]) => [name, read(entry)]));
}

// Hands out addresses in a block of memory whose size is known only when everything has asked.
class Layout {
  bytes = 0;

  reserve(count, size = 4) {
    const address = this.bytes;
    this.bytes = roundUp(address + count * size, 64);
    return address;
  }
}

// Chains of layers that share one block of memory. parts: [{name, layers, from, back}], where `from` is the shape of the
// chain's input or the name of an earlier chain whose output it reads, and `back` asks for the way back, which takes the
// weights a second time. weights: {name: Float32Array}, named as in vae/config.py. Returns {run, backward}.
export function assemble(parts, weights, options) {
  const layout = new Layout();
  const chains = {}, shapes = {};
  for (const { name, layers, from, back = false } of parts) {
    let shape = typeof from === "string" ? shapes[from] : from;
    chains[name] = [];
    layers.forEach((layer, index) => {
      const prefix = `${name}.${index}.`;
      const build = known(LAYERS, "layer", layer.kind);
      const own = { kernel: weights[prefix + "kernel"], bias: weights[prefix + "bias"] };
      const built = build(layer, shape, own, layout, back);
      if (built.step) chains[name].push(built.step);
      shape = built.shape;
    });
    shapes[name] = shape;
  }
  const steps = Object.values(chains).flat();
  const longestList = Math.max(...steps.map((step) => step.terms ?? 0));
  const widestRow = Math.max(...steps.map((step) => step.width ?? 0));
  const list = layout.reserve(longestList + TERMS, 8);
  const sum = layout.reserve(widestRow);
  const { memory, accumulate } = makeKernel(layout.bytes, options);
  for (const step of steps) step.load?.(memory);
  const machine = { floats: new Float32Array(memory), addresses: new Uint32Array(memory), accumulate, list, sum };
  return {
    // What a chain makes of its input.
    run(name, input) {
      let x = Float32Array.from(input);
      for (const step of chains[name]) x = step.run(x, machine);
      return x.slice(); // Steps keep their buffers for the next run.
    },
    // The gradient with respect to the input of a chain's last run, from that with respect to its output.
    backward(name, gradient) {
      let x = Float32Array.from(gradient);
      for (const step of [...chains[name]].reverse()) x = step.backward(x, machine);
      return x.slice();
    },
  };
}

export class VAE {
  #chains;

  // description: the "network" of a model's card. weights: {name: Float32Array}, named as in vae/config.py.
  constructor(description, weights, options = {}) {
    this.latentDim = description.latent_dim;
    const head = [{ kind: "dense", units: this.latentDim, activation: "linear" }];
    this.#chains = assemble([
      { name: "encoder", layers: description.encoder, from: [IMAGE_SIZE, IMAGE_SIZE, 1] },
      { name: "z_mean", layers: head, from: "encoder" },
      { name: "z_log_var", layers: head, from: "encoder" },
      { name: "decoder", layers: description.decoder, from: [this.latentDim], back: true },
    ], weights, options);
  }

  // image: 784 numbers in [0, 1]. Returns the mean of the posterior.
  encode(image) {
    return this.#chains.run("z_mean", this.#chains.run("encoder", image));
  }

  // image: 784 numbers in [0, 1]. Returns the posterior: the mean and the logarithm of the variance of each latent.
  posterior(image) {
    const hidden = this.#chains.run("encoder", image);
    return { mean: this.#chains.run("z_mean", hidden), logVar: this.#chains.run("z_log_var", hidden) };
  }

  // z: latentDim numbers. Returns 784 numbers in [0, 1].
  decode(z) {
    return this.#chains.run("decoder", z);
  }

  // The gradient with respect to a code, latentDim numbers, from that with respect to its decoded picture, 784 numbers.
  decodeBackward(z, gradient) {
    this.#chains.run("decoder", z);
    return this.#chains.backward("decoder", gradient);
  }

  // The way there and back through the mean, as vae.inference.VAE.denoise.
  denoise(image) {
    return this.decode(this.encode(image));
  }
}

function known(table, what, name) {
  if (!Object.hasOwn(table, name)) {
    throw new Error(`Expected a known ${what}: ${Object.keys(table).join(", ")}. Received ${name}.`);
  }
  return table[name];
}

// What each kind of vae/layers.py does: (layer, input's shape, {kernel, bias}, layout, back) => {shape, step}. A layer
// that moves no number has no step. A step's `backward` speaks of its last `run`, and may write to the gradient it gets.
const LAYERS = {
  dense: (layer, shape, weights, layout, back) =>
    weightedLayer(layer, connectDense(layer, shape), weights, layout, back && 1),
  conv: (layer, shape, weights, layout, back) =>
    weightedLayer(layer, connectConvolution(layer, shape, false), weights, layout, back && shape[0] * shape[1]),
  conv_transpose: (layer, shape, { kernel, bias }, layout, back) => {
    const swapped = kernel && swapLastAxes(kernel, layer.kernel ** 2, layer.filters, shape[2]);
    const connections = connectConvolution(layer, shape, true);
    return weightedLayer(layer, connections, { kernel: swapped, bias }, layout, back && shape[0] * shape[1]);
  },
  flatten: (layer, shape) => ({ shape: [product(shape)] }),
  reshape: (layer) => ({ shape: layer.shape }),
  space_to_depth: (layer, shape) => rearrangement(blockOrder(layer, shape, true)),
  depth_to_space: (layer, shape) => rearrangement(blockOrder(layer, shape, false)),
};

function rearrangement({ shape, order }) {
  const output = new Float32Array(order.length), inputGradient = new Float32Array(order.length);
  const run = (x) => {
    for (let n = 0; n < order.length; n++) output[n] = x[order[n]];
    return output;
  };
  const backward = (gradient) => {
    for (let n = 0; n < order.length; n++) inputGradient[order[n]] = gradient[n];
    return inputGradient;
  };
  return { shape, step: { run, backward } };
}

// A layer with weights. inputPixels: how many pixels its input has, or false where no way back is asked for.
function weightedLayer(layer, connections, { kernel, bias }, layout, inputPixels) {
  const activate = known(ACTIVATIONS, "activation", layer.activation);
  const derivative = known(DERIVATIVES, "activation", layer.activation);
  if (!kernel || !bias) throw new Error(`Expected weights of ${layer.kind}.`);
  const there = weightedSums(connections, kernel, bias, layout);
  const { length, units } = connections;
  const back = inputPixels && weightedSums(
    turnAround(connections, inputPixels),
    swapLastAxes(kernel, kernel.length / (length * units), length, units),
    new Float32Array(length),
    layout,
  );
  const run = (x, machine) => {
    there.run(x, machine);
    activate(there.output);
    return there.output;
  };
  const backward = (gradient, machine) => {
    for (let n = 0; n < gradient.length; n++) gradient[n] *= derivative(there.output[n]);
    return back.run(gradient, machine);
  };
  const load = (memory) => [there, back].forEach((sums) => sums && sums.load(memory));
  const most = (name) => Math.max(there[name], back ? back[name] : 0);
  return { shape: connections.shape, step: { run, backward, load, width: most("width"), terms: most("terms") } };
}

// Who sees whom, from the other side: for each input pixel the output pixels whose sums it is in, by the same taps.
function turnAround({ units, length, pixels }, inputPixels) {
  const turned = Array.from({ length: inputPixels }, () => []);
  pixels.forEach((segments, pixel) => {
    for (let s = 0; s < segments.length; s += 2) {
      turned[segments[s] / length].push(pixel * units, (segments[s + 1] / length) * units);
    }
  });
  return { units: length, length: units, pixels: turned };
}

// At each pixel, the bias and a weighted sum of rows of weights.
function weightedSums({ units, length, pixels }, kernel, bias, layout) {
  const width = roundUp(units, LANES);
  const rows = kernel.length / units;
  const weights = layout.reserve(rows * width);
  const output = new Float32Array(pixels.length * units);
  const segments = pixels.map((pixel) => Int32Array.from(pixel));

  const load = (memory) => {
    const floats = new Float32Array(memory, weights, rows * width);
    for (let row = 0; row < rows; row++) floats.set(kernel.subarray(row * units, (row + 1) * units), row * width);
  };

  const run = (x, { floats, addresses, accumulate, list, sum }) => {
    const sumStart = sum >> 2, sumEnd = sum + 4 * width;
    segments.forEach((pixel, index) => {
      let term = list >> 2;
      for (let s = 0; s < pixel.length; s += 2) {
        let address = weights + 4 * width * pixel[s + 1];
        for (let n = pixel[s], end = n + length; n < end; n++, address += 4 * width) {
          const value = x[n];
          if (value !== 0) {
            floats[term] = value;
            addresses[term + 1] = address;
            term += 2;
          }
        }
      }
      floats.fill(0, sumStart, sumStart + width);
      floats.set(bias, sumStart);
      while ((term - (list >> 2)) % (2 * TERMS)) {
        floats[term] = 0;
        addresses[term + 1] = weights;
        term += 2;
      }
      const listEnd = term << 2;
      if (listEnd > list) accumulate(sum, sumEnd, list, listEnd);
      output.set(floats.subarray(sumStart, sumStart + units), index * units);
    });
    return output;
  };
  const terms = Math.max(...pixels.map((pixel) => (pixel.length / 2) * length));
  return { output, run, load, width, terms };
}
