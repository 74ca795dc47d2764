// The one inner loop of every layer: a weighted sum of rows of weights.
//
// All numbers live in one block of memory. A list of terms, each (value, address of a row of weights), is added to an
// output: output[f] += value * row[f]. Terms whose value is zero are never listed, so that what ReLU switched off
// costs nothing. Rows are padded to a multiple of LANES numbers and lists to a multiple of TERMS terms, so that neither
// version has a remainder to care for. The WebAssembly version does four numbers at a time; the plain one is for
// browsers that lack SIMD or forbid WebAssembly.

export const LANES = 8;
export const TERMS = 8;
const PAGE = 65536;

// Returns {memory, accumulate}: an ArrayBuffer of at least `bytes`, and accumulate(output, outputEnd, list, listEnd),
// which takes addresses in bytes.
export function makeKernel(bytes, { simd = true } = {}) {
  if (simd) {
    try {
      const memory = new WebAssembly.Memory({ initial: Math.ceil(bytes / PAGE) });
      const module = new WebAssembly.Module(assembleAccumulate());
      const { accumulate } = new WebAssembly.Instance(module, { live: { memory } }).exports;
      return { memory: memory.buffer, accumulate };
    } catch (error) {
      // The plain loops give the same numbers, only later.
    }
  }
  const memory = new ArrayBuffer(bytes);
  return { memory, accumulate: plainAccumulate(memory) };
}

function plainAccumulate(memory) {
  const floats = new Float32Array(memory);
  const addresses = new Uint32Array(memory);
  return (output, outputEnd, list, listEnd) => {
    for (let t = list >> 2; t < listEnd >> 2; t += 8) {
      // Four terms at a time: the output is loaded and stored once for all of them.
      const v0 = floats[t], v1 = floats[t + 2], v2 = floats[t + 4], v3 = floats[t + 6];
      let w0 = addresses[t + 1] >> 2, w1 = addresses[t + 3] >> 2;
      let w2 = addresses[t + 5] >> 2, w3 = addresses[t + 7] >> 2;
      for (let o = output >> 2; o < outputEnd >> 2; o++) {
        floats[o] += v0 * floats[w0++] + v1 * floats[w1++] + v2 * floats[w2++] + v3 * floats[w3++];
      }
    }
  };
}

// The same loop as a WebAssembly module, written by hand: TERMS terms and LANES numbers at a time.
function assembleAccumulate() {
  const I32 = 0x7f, V128 = 0x7b, SIMD = 0xfd;
  const sized = (bytes) => [...leb(bytes.length), ...bytes];
  const section = (id, ...items) => [id, ...sized([items.length, ...items.flat()])];
  const name = (text) => sized([...text].map((letter) => letter.charCodeAt(0)));
  // Lengths are unsigned LEB128 numbers, constants signed ones: bit 6 of the last byte is the sign.
  const leb = (n) => (n < 128 ? [n] : [(n & 127) | 128, ...leb(n >> 7)]);
  const signedLeb = (n) => (n < 64 ? [n] : [(n & 127) | 128, ...signedLeb(n >> 7)]);

  const get = (local) => [0x20, local];
  const set = (local) => [0x21, local];
  const advance = (local, bytes) => [...get(local), 0x41, ...signedLeb(bytes), 0x6a, ...set(local)];
  const loadAddress = (offset) => [0x28, 2, offset];
  const loadVector = (offset) => [SIMD, 0x00, 2, offset];
  const loadSplat = (offset) => [SIMD, 0x09, 2, offset];
  const storeVector = (offset) => [SIMD, 0x0b, 2, offset];
  const multiplyAndAdd = [SIMD, 0xe6, 0x01, SIMD, 0xe4, 0x01];
  const repeatWhileBelow = (local, end) => [...get(local), ...get(end), 0x49, 0x0d, 0];
  const loop = (...body) => [0x03, 0x40, ...body.flat(), 0x0b];

  // Four parameters, then the locals: TERMS addresses, and TERMS values of four equal numbers each.
  const OUTPUT = 0, OUTPUT_END = 1, LIST = 2, LIST_END = 3, POSITION = 4, ADDRESS = 5, VALUE = ADDRESS + TERMS;
  const terms = [...Array(TERMS).keys()];
  const vectors = [...Array(LANES / 4).keys()].map((index) => 16 * index);
  const readTerm = (t) => [
    ...get(LIST), ...loadSplat(8 * t), ...set(VALUE + t), ...get(LIST), ...loadAddress(8 * t + 4), ...set(ADDRESS + t),
  ];
  const addTerm = (t, vector) => [...get(VALUE + t), ...get(ADDRESS + t), ...loadVector(vector), ...multiplyAndAdd];
  const updateVector = (vector) => [
    ...get(POSITION), ...get(POSITION), ...loadVector(vector), ...terms.flatMap((t) => addTerm(t, vector)),
    ...storeVector(vector),
  ];
  const code = loop(
    terms.flatMap(readTerm),
    [...get(OUTPUT), ...set(POSITION)],
    loop(
      vectors.flatMap(updateVector),
      terms.flatMap((t) => advance(ADDRESS + t, 4 * LANES)),
      advance(POSITION, 4 * LANES),
      repeatWhileBelow(POSITION, OUTPUT_END),
    ),
    advance(LIST, 8 * TERMS),
    repeatWhileBelow(LIST, LIST_END),
  );
  return new Uint8Array([
    0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0, // "\0asm", version 1.
    ...section(1, [0x60, ...sized([I32, I32, I32, I32]), 0]), // One type: four numbers, no result.
    ...section(2, [...name("live"), ...name("memory"), 2, 0, 1]), // The memory comes from outside.
    ...section(3, [0]),
    ...section(7, [...name("accumulate"), 0, 0]),
    ...section(10, sized([2, 1 + TERMS, I32, TERMS, V128, ...code, 0x0b])),
  ]);
}
