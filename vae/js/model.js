// A model as the browser has it: fetched once, kept as long as the page lives.

import { download, keep } from "./fetch.js";
import { VAE, readWeights } from "./network.js";

export const decodeFloats = (base64) => new Float32Array(
  Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0)).buffer,
);

// One run of bytes, as vae/packing.py writes it: the length of a JSON header (4 bytes, little-endian), the header, all
// float32 numbers, the upper halves of all scales, all 8-bit numbers.
export function readModel(bytes) {
  // The bytes arrive at any address, and a typed array must stand at a multiple of its width: slice() copies.
  const { buffer } = bytes.slice();
  const start = 4 + new DataView(buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, start - 4)));
  const floats = new Float32Array(buffer, start, header.floats);
  const halves = new Uint16Array(buffer, start + 4 * header.floats, header.scales);
  const scales = new Float32Array(Uint32Array.from(halves, (half) => half * 65536).buffer);
  const values = new Int8Array(buffer, start + 4 * header.floats + 2 * header.scales);
  const weights = readWeights({ ...header.weights, ...header.latent }, header.block, { floats, scales, values });
  const { components, deviations, shares } = weights; // components: (latentDim, latentDim), one after the other.
  return { network: header.network, weights, components, deviations, shares };
}

export function unpackModel(bytes) {
  const { network, weights, ...latent } = readModel(bytes);
  return { vae: new VAE(network, weights), ...latent };
}

// A promise of the model that stands at an address.
export const fetchModel = (id, url) =>
  keep((globalThis.liveModels ??= new Map()), id, async () => unpackModel(await download(url)));
