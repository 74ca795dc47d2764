// A model as the browser has it: fetched once, kept as long as the page lives.

import { VAE, readWeights } from "./network.js";

export const decodeFloats = (base64) => new Float32Array(
  Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0)).buffer,
);

// One run of bytes: the length of a JSON header (4 bytes, little-endian), the header, the weights.
function unpackModel(bytes) {
  const length = new DataView(bytes.buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
  const weights = readWeights(header.weights, header.scales, bytes.subarray(4 + length));
  return {
    vae: new VAE(header.network, weights),
    components: decodeFloats(header.components), // (latentDim, latentDim), one component after the other.
    deviations: decodeFloats(header.deviations),
    shares: decodeFloats(header.shares),
  };
}

// Where the app lives, whatever page of it is shown and whatever path a proxy puts before it: Streamlit loads its own
// scripts from there.
function appRoot() {
  const script = document.querySelector("script[src*='/static/js/']");
  return script ? script.src.split("/static/js/")[0] : location.origin;
}

async function download(url) {
  const response = await fetch(appRoot() + url);
  if (!response.ok) throw new Error(`The model's weights did not come: ${response.status} ${response.statusText}.`);
  return unpackModel(new Uint8Array(await response.arrayBuffer()));
}

// A promise of the model that stands at an address; what failed is tried again when it is next asked for.
export function fetchModel(id, url) {
  const models = (globalThis.liveModels ??= new Map());
  if (!models.has(id)) {
    const model = download(url);
    model.catch(() => models.delete(id));
    models.set(id, model);
  }
  return models.get(id);
}
