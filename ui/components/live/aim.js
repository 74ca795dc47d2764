// A short way to where a picture reads as another digit: the counterpart of vae/aim.py.

const STEP = 0.3, MOST_STEPS = 100, REFINED = 4, REFINEMENTS = 15, BEYOND = 0.1, LOOKS = 20, TINY = 1e-9;

const dot = (a, b) => a.reduce((sum, value, n) => sum + value * b[n], 0);
const less = (a, b) => a.map((value, n) => value - b[n]);
const along = (start, way, share) => start.map((value, n) => value + share * way[n]);

// By how much the logarithm of the odds of a reading exceeds what is asked for, and its gradient.
function linear(z, target, asked, { vae, reader }) {
  const { probabilities, gradient } = reader.backward(vae.decode(Float32Array.from(z)), target);
  const probability = Math.max(probabilities[target], Number.MIN_VALUE);
  const rest = Math.max(1 - probability, TINY);
  const way = vae.decodeBackward(Float32Array.from(z), gradient);
  return { beyond: Math.log(probability) - Math.log(rest) - asked, gradient: Array.from(way, (value) => value / rest) };
}

// Yields {z} after each step of the walk, and null after each look around; returns {z, arrived}.
// from: the start. goals: codes of such digits to try.
export function* aim(from, target, goals, models, confidence = 0.9) {
  const asked = Math.log(confidence / (1 - confidence));
  const start = Array.from(from);
  const found = (z) => linear(z, target, asked, models);
  const ends = [];
  let z = start;
  let { beyond, gradient } = found(z);
  for (let steps = 0; beyond < 0 && steps < MOST_STEPS && gradient.some(Boolean); steps++) {
    const length = Math.sqrt(dot(gradient, gradient));
    z = along(z, gradient, Math.min(STEP, (BEYOND - beyond) / length) / length);
    ({ beyond, gradient } = found(z));
    yield { z };
  }
  if (beyond >= 0) ends.push(z);
  const walked = z;
  for (const goal of goals) {
    const way = less(Array.from(goal), start);
    for (let look = 1; look <= LOOKS; look++) {
      const place = along(start, way, look / LOOKS);
      const probability = models.reader.read(models.vae.decode(Float32Array.from(place)))[target];
      const clipped = Math.min(Math.max(probability, TINY), 1 - TINY);
      yield null;
      if (Math.log(clipped) - Math.log(1 - clipped) < asked) continue;
      ends.push(place);
      break;
    }
  }
  if (!ends.length) return { z: walked, arrived: false };
  const far = (code) => Math.sqrt(dot(less(code, start), less(code, start)));
  let best = null, least = Infinity;
  for (const end of ends.sort((a, b) => far(a) - far(b)).slice(0, REFINED)) {
    let place = end, nearest = end;
    for (let n = 0; n < REFINEMENTS; n++) {
      const around = found(place);
      if (around.beyond >= 0 && far(place) < far(nearest)) nearest = place;
      const lacking = dot(around.gradient, less(place, start)) - around.beyond + BEYOND;
      const share = lacking / Math.max(dot(around.gradient, around.gradient), TINY);
      place = place.map((value, d) => (value + start[d] + share * around.gradient[d]) / 2);
      yield null;
    }
    if (far(nearest) < least) [best, least] = [nearest, far(nearest)];
  }
  return { z: best, arrived: true };
}
