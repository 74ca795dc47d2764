// Receives a model's weights once and keeps them for all live views; asks for them where they are missing.

import { VAE, readWeights } from "./network.js";
import { decodeFloats, modelStore } from "./view.js";

// One run of bytes: the length of a JSON header (4 bytes, little-endian), the header, the weights.
function unpackModel(bytes) {
  const length = new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
  const weights = readWeights(header.weights, header.scales, bytes.subarray(4 + length));
  return {
    id: header.id,
    vae: new VAE(header.network, weights),
    components: decodeFloats(header.components), // (latentDim, latentDim), one component after the other.
    deviations: decodeFloats(header.deviations),
    shares: decodeFloats(header.shares),
  };
}

export default function receiveModel({ data, setTriggerValue }) {
  const store = modelStore();
  if (data instanceof Uint8Array) {
    const model = unpackModel(data);
    store.models.set(model.id, model);
    store.arrivals.dispatchEvent(new Event("model"));
  } else if (!store.models.has(data.model) && (store.requests.get(data.model) ?? 0) <= data.answered) {
    // Messages keep their order: what was answered and isn't here got lost.
    const number = data.answered + 1;
    store.requests.set(data.model, number);
    setTriggerValue("request", { model: data.model, number });
  }
}
