// The nearest among many codes: the counterpart of vae/neighbours.py.

const VOTERS = 5;

// What a code most likely shows: the commonest label among the nearest known codes; of equal votes the smaller one wins.
// known: codes one after the other, as long as `labels` says.
export function nearestLabel(code, known, labels) {
  const nearest = []; // [squared distance, label], nearest first.
  const squaredDistance = (start, limit) => {
    let sum = 0;
    for (let n = 0; n < code.length && sum < limit; n++) sum += (code[n] - known[start + n]) ** 2;
    return sum;
  };
  labels.forEach((label, index) => {
    const limit = nearest.length < VOTERS ? Infinity : nearest.at(-1)[0];
    const distance = squaredDistance(index * code.length, limit);
    if (!(distance < limit)) return;
    const place = nearest.findIndex(([other]) => distance < other);
    nearest.splice(place < 0 ? nearest.length : place, 0, [distance, label]);
    nearest.length = Math.min(nearest.length, VOTERS);
  });
  const votes = new Map();
  for (const [, label] of nearest) votes.set(label, (votes.get(label) ?? 0) + 1);
  return [...votes].sort(([a, many], [b, more]) => more - many || a - b)[0][0];
}
