// A drawing becomes a digit, at every frame: vae/preprocess.py step by step, whose docstring says what each is for.
//
// A picture is {pixels, size: [height, width]}; matrices that resample are kept as rows of [first, weights], for each
// of their rows is zero but for a few neighbours.

const DIGIT_SIZE = 28;
const DIGIT_SIDE = 20;
const CENTRE = 14.5;
const WORKING_SIDE = 80;
const WORKING_SIZE = 104;
const MIN_CONTRAST = 0.1;
const INK_THRESHOLD = 0.15;
const MIN_SIDE = 6;
const MIN_STROKE_WIDTH = 1.8;
const MAX_STROKE_WIDTH = 3.4;
const BLOB_WIDTH = 8;
const MAX_SLIMMING = 0.25;

const clamp = (x, low, high) => Math.min(Math.max(x, low), high);

// pixels: ink on its ground, numbers in [0, 1], row after row. Returns 784 numbers, or null where there is no digit yet.
export function drawingToDigit(pixels, height, width) {
  const ink = differenceFromGround(pixels, height, width);
  const peak = maximum(ink);
  if (peak < MIN_CONTRAST) return null;
  for (let i = 0; i < ink.length; i++) ink[i] /= peak;

  const [top, bottom, left, right] = box(ink, height, width);
  const side = Math.max(bottom - top, right - left);
  if (side < MIN_SIDE) return null;

  const middle = WORKING_SIZE / 2;
  const enlargement = WORKING_SIDE / side;
  let working = resample(
    ink, height, width,
    resamplingRows(height, WORKING_SIZE, enlargement, (top + bottom) / 2, middle),
    resamplingRows(width, WORKING_SIZE, enlargement, (left + right) / 2, middle),
  );

  const strokes = strokeWidth(working, WORKING_SIZE);
  if (strokes > (BLOB_WIDTH * WORKING_SIDE) / DIGIT_SIDE) return null;
  const growth = growthTowardsRange(strokes);
  const inverted = (image) => image.map((value) => 1 - value);
  if (growth > 0) working = thicken(working, WORKING_SIZE, growth);
  if (growth < 0) working = inverted(thicken(inverted(working), WORKING_SIZE, -growth));

  const scale = DIGIT_SIDE / (WORKING_SIDE + 2 * growth);
  const length = (extent) => scale * ((extent * WORKING_SIDE) / side + 2 * growth);
  const [rowMass, columnMass] = masses(working, WORKING_SIZE);
  const digit = resample(
    working, WORKING_SIZE, WORKING_SIZE,
    centringRows(rowMass, scale, length(bottom - top)),
    centringRows(columnMass, scale, length(right - left)),
  ).map((value) => clamp(value, 0, 1));
  const brightest = maximum(digit);
  return new Float32Array(digit).map((value) => value / brightest);
}

function maximum(values) {
  let largest = values[0];
  for (let i = 1; i < values.length; i++) if (values[i] > largest) largest = values[i];
  return largest;
}

function differenceFromGround(pixels, height, width) {
  const frame = [];
  for (let column = 0; column < width; column++) frame.push(pixels[column], pixels[(height - 1) * width + column]);
  for (let row = 1; row < height - 1; row++) frame.push(pixels[row * width], pixels[(row + 1) * width - 1]);
  const ground = Float64Array.from(frame).sort()[frame.length >> 1];
  const ink = new Float64Array(pixels.length); // A plain loop: a drawing has a hundred times a digit's pixels.
  for (let i = 0; i < ink.length; i++) ink[i] = Math.abs(pixels[i] - ground);
  return ink;
}

// [top, bottom, left, right] of what is inked; bottom and right are one past it.
function box(ink, height, width) {
  let [top, bottom, left, right] = [height, 0, width, 0];
  for (let row = 0, i = 0; row < height; row++) {
    for (let column = 0; column < width; column++, i++) {
      if (ink[i] > INK_THRESHOLD) {
        top = Math.min(top, row);
        bottom = row + 1;
        left = Math.min(left, column);
        right = Math.max(right, column + 1);
      }
    }
  }
  return [top, bottom, left, right];
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

function growthTowardsRange(strokes) {
  const target = clamp((strokes * DIGIT_SIDE) / WORKING_SIDE, MIN_STROKE_WIDTH, MAX_STROKE_WIDTH) / DIGIT_SIDE;
  return Math.max((target * WORKING_SIDE - strokes) / (2 * (1 - target)), -MAX_SLIMMING * strokes);
}

function thicken(ink, size, radius) {
  const reach = Math.ceil(radius);
  const thick = Float64Array.from(ink);
  for (let down = -reach; down <= reach; down++) {
    for (let across = -reach; across <= reach; across++) {
      const weight = Math.min(radius + 1 - Math.hypot(down, across), 1);
      if (weight <= 0) continue;
      for (let row = 0; row < size; row++) {
        const from = clamp(row + down, 0, size - 1) * size;
        for (let column = 0; column < size; column++) {
          const beside = column + across;
          const moved = weight * ink[from + (beside < 0 ? 0 : beside < size ? beside : size - 1)];
          if (moved > thick[row * size + column]) thick[row * size + column] = moved;
        }
      }
    }
  }
  return thick;
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
