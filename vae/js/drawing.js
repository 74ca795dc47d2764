// A drawing becomes a digit, at every frame: vae/drawing.py step by step, whose docstring says what each is for.
//
// A stroke is a list of points [x, y], in pixels of the canvas, whose sides are canvasSide long. Matrices that resample are
// kept as rows of [first, weights], for each of their rows is zero but for a few neighbours.

const DIGIT_SIZE = 28;
const DIGIT_SIDE = 20;
const CENTRE = 14.5;
const WORKING_SIDE = 80;
const WORKING_SIZE = 104;
const PEN_WIDTH = 2.4;
const MIN_SIDE = 20;
const BLOB_WIDTH = 8;

const clamp = (x, low, high) => Math.min(Math.max(x, low), high);

// Returns {digit}, 784 numbers, or {problem}: "EMPTY", "SPECK" or "BLOB", as vae/drawing.py names its sentences.
export function drawingToDigit(strokes, canvasSide) {
  const inside = strokes.flatMap((stroke) => clip(stroke, canvasSide));
  if (!inside.length) return { problem: "EMPTY" };
  const low = [Infinity, Infinity], high = [-Infinity, -Infinity];
  for (const stroke of inside) {
    for (const point of stroke) {
      for (const axis of [0, 1]) {
        low[axis] = Math.min(low[axis], point[axis]);
        high[axis] = Math.max(high[axis], point[axis]);
      }
    }
  }
  const extent = [high[0] - low[0], high[1] - low[1]];
  const side = Math.max(...extent);
  if (side < MIN_SIDE) return { problem: "SPECK" };

  const enlargement = (WORKING_SIDE * (1 - PEN_WIDTH / DIGIT_SIDE)) / side;
  const radius = (WORKING_SIDE * PEN_WIDTH) / DIGIT_SIDE / 2;
  const place = (point) => point.map(
    (value, axis) => (value - (low[axis] + high[axis]) / 2) * enlargement + WORKING_SIZE / 2,
  );
  const working = new Float64Array(WORKING_SIZE * WORKING_SIZE);
  for (const stroke of inside) drawLine(working, stroke.map(place), radius);
  if (strokeWidth(working, WORKING_SIZE) > (BLOB_WIDTH * WORKING_SIDE) / DIGIT_SIDE) return { problem: "BLOB" };

  const scale = DIGIT_SIDE / WORKING_SIDE;
  const [breadth, height] = extent.map((length) => (length * enlargement + 2 * radius) * scale);
  const [rowMass, columnMass] = masses(working, WORKING_SIZE);
  const digit = resample(
    working, WORKING_SIZE, WORKING_SIZE, centringRows(rowMass, scale, height), centringRows(columnMass, scale, breadth),
  ).map((value) => clamp(value, 0, 1));
  const brightest = digit.reduce((most, value) => Math.max(most, value), 0);
  return { digit: new Float32Array(digit.map((value) => value / brightest)) };
}

// Adds a line through points to ink, with a round pen whose rim fades over one pixel.
function drawLine(ink, points, radius) {
  for (let n = 0; n < Math.max(points.length - 1, 1); n++) {
    const [x, y] = points[n];
    const [endX, endY] = points[Math.min(n + 1, points.length - 1)];
    const [wayX, wayY] = [endX - x, endY - y];
    const length = wayX * wayX + wayY * wayY;
    const left = Math.max(Math.floor(Math.min(x, endX) - radius - 1), 0);
    const top = Math.max(Math.floor(Math.min(y, endY) - radius - 1), 0);
    const right = Math.min(Math.ceil(Math.max(x, endX) + radius + 1), WORKING_SIZE);
    const bottom = Math.min(Math.ceil(Math.max(y, endY) + radius + 1), WORKING_SIZE);
    for (let row = top; row < bottom; row++) {
      for (let column = left; column < right; column++) {
        const [across, down] = [column + 0.5 - x, row + 0.5 - y];
        const along = length ? clamp((across * wayX + down * wayY) / length, 0, 1) : 0;
        const far = Math.sqrt((across - along * wayX) ** 2 + (down - along * wayY) ** 2);
        const covered = clamp(radius + 0.5 - far, 0, 1);
        if (covered > ink[row * WORKING_SIZE + column]) ink[row * WORKING_SIZE + column] = covered;
      }
    }
  }
}

// The parts of a line that lie on the canvas.
function clip(stroke, canvasSide) {
  if (stroke.every((point) => point.every((value) => value >= 0 && value <= canvasSide))) return [stroke];
  const parts = [];
  for (let n = 0; n < Math.max(stroke.length - 1, 1); n++) {
    const start = stroke[n], end = stroke[Math.min(n + 1, stroke.length - 1)];
    const way = [end[0] - start[0], end[1] - start[1]];
    let [enters, leaves] = [0, 1];
    for (const axis of [0, 1]) {
      if (Math.abs(way[axis]) < 1e-9) {
        if (start[axis] < 0 || start[axis] > canvasSide) leaves = -1;
        continue;
      }
      const ends = [-start[axis] / way[axis], (canvasSide - start[axis]) / way[axis]];
      enters = Math.max(enters, Math.min(...ends));
      leaves = Math.min(leaves, Math.max(...ends));
    }
    if (enters > leaves) continue;
    const at = (share) => start.map((value, axis) => clamp(value + share * way[axis], 0, canvasSide));
    const [first, last] = [at(enters), at(leaves)];
    const before = parts.at(-1)?.at(-1);
    if (before && enters === 0 && before[0] === first[0] && before[1] === first[1]) parts.at(-1).push(last);
    else parts.push([first, last]);
  }
  return parts;
}

function resamplingRows(sourceSize, targetSize, scale, sourcePoint, targetPoint) {
  const half = Math.max(1, 1 / scale) / 2;
  return Array.from({ length: targetSize }, (_, target) => {
    const centre = sourcePoint + (target + 0.5 - targetPoint) / scale;
    const first = Math.max(Math.floor(centre - half), 0);
    const last = Math.min(Math.ceil(centre + half), sourceSize);
    const weights = [];
    for (let start = first; start < last; start++) {
      const overlap = Math.min(centre + half, start + 1) - Math.max(centre - half, start);
      weights.push(Math.max(overlap, 0) / (2 * half));
    }
    return [first, weights];
  });
}

function resample(image, height, width, rows, columns) {
  const narrow = new Float64Array(height * columns.length);
  for (let column = 0; column < columns.length; column++) {
    const [first, weights] = columns[column];
    for (let row = 0; row < height; row++) {
      const start = row * width + first;
      let sum = 0;
      for (let n = 0; n < weights.length; n++) sum += weights[n] * image[start + n];
      narrow[row * columns.length + column] = sum;
    }
  }
  const resampled = new Float64Array(rows.length * columns.length);
  rows.forEach(([first, weights], row) => {
    for (let n = 0; n < weights.length; n++) {
      const start = (first + n) * columns.length;
      for (let column = 0; column < columns.length; column++) {
        resampled[row * columns.length + column] += weights[n] * narrow[start + column];
      }
    }
  });
  return resampled;
}

function strokeWidth(ink, size) {
  let area = 0, perimeter = 0;
  for (let i = 0; i < ink.length; i++) area += ink[i];
  for (let row = 0; row < size - 1; row++) {
    for (let i = row * size; i < (row + 1) * size - 1; i++) {
      const falling = ink[i + size + 1] - ink[i];
      const rising = ink[i + size] - ink[i + 1];
      perimeter += Math.sqrt((falling * falling + rising * rising) / 2);
    }
  }
  return (2 * area) / perimeter;
}

function masses(image, size) {
  const rows = new Float64Array(size), columns = new Float64Array(size);
  for (let row = 0, i = 0; row < size; row++) {
    for (let column = 0; column < size; column++, i++) {
      rows[row] += image[i];
      columns[column] += image[i];
    }
  }
  return [rows, columns];
}

function centringRows(mass, scale, length) {
  let total = 0, moment = 0;
  mass.forEach((value, i) => {
    total += value;
    moment += value * (i + 0.5);
  });
  const centre = moment / total;
  const before = length / 2 + scale * (centre - WORKING_SIZE / 2);
  return resamplingRows(WORKING_SIZE, DIGIT_SIZE, scale, centre, clamp(CENTRE, before, DIGIT_SIZE - length + before));
}
