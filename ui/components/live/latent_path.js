// Where the code of one digit goes as the noise rises.

import { nearestLabel } from "./neighbours.js";
import { corrupt } from "./corruptions.js";
import { likeliest } from "./reader.js";

// A code's places along the first two principal components; 0 for the second where a code is one number. origin: those of
// the code 0.
export const project = (code, start, { components, origin, size }) => origin.map((sum, axis) => {
  for (let n = 0; n < size; n++) sum += (components[axis * size + n] ?? 0) * code[start + n];
  return sum;
});

// Yields after each picture; when another draw of the noise is complete, all paths so far: lists of {level, x, y, label},
// where `label` is what the denoised digit reads as; without a reader, what most of the nearest test digits show.
export function* latentPaths({ clean, kind, hole, fields, levels, known, labels, vae, space, reader }) {
  const label = (code) => (
    reader ? likeliest(reader.read(vae.decode(code)))[0].reading : nearestLabel(code, known, labels));
  const paths = [];
  for (const field of fields) {
    const path = [];
    for (const level of levels) {
      const code = vae.encode(corrupt(clean, kind, level, field, hole));
      const [x, y] = project(code, 0, space);
      path.push({ level, x, y, label: label(code) });
      yield;
    }
    paths.push(path);
    yield [...paths];
  }
}
