// A model as the browser has it: fetched once, kept as long as the page lives.

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

// Where the app lives, whatever page of it is shown and whatever path a proxy puts before it: Streamlit loads its own
// scripts from there.
function appRoot() {
  const script = document.querySelector("script[src*='/static/js/']");
  return script ? script.src.split("/static/js/")[0] : location.origin;
}

async function download(url) {
  // A range goes out as it is. A whole file the server compresses first, which takes longer than sending what is saved.
  const response = await fetch(appRoot() + url, { headers: { Range: "bytes=0-" } });
  if (!response.ok) throw new Error(`What the view needs did not come: ${response.status} ${response.statusText}.`);
  return new Uint8Array(await response.arrayBuffer());
}

// Networks fail, and the server forgets an address in the moment in which the visitor leaves its page.
async function downloadPatiently(url) {
  for (const pause of [500, 2000]) {
    try {
      return await download(url);
    } catch {
      await new Promise((resume) => setTimeout(resume, pause));
    }
  }
  return download(url);
}

// What a promise made, kept for as long as the page lives; what failed is tried again when it is next asked for.
function keep(store, key, make) {
  if (!store.has(key)) {
    const made = make();
    made.catch(() => store.delete(key));
    store.set(key, made);
    if (store.size > MOST_KEPT) store.delete(store.keys().next().value);
  }
  return store.get(key);
}

const MOST_KEPT = 24; // Noise of another seed is another file.

// A promise of the bytes that stand at an address.
export const fetchBytes = (url) => keep((globalThis.liveFiles ??= new Map()), url, () => downloadPatiently(url));

// A promise of the model that stands at an address.
export const fetchModel = (id, url) =>
  keep((globalThis.liveModels ??= new Map()), id, async () => unpackModel(await downloadPatiently(url)));
