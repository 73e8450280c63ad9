// Figures out of many: medians, ratios, and the words they are printed with.

/** The value in the middle; NaN when there are none. */
export function median(values) {
  const sorted = values.filter(Number.isFinite).sort((a, b) => a - b);
  if (sorted.length === 0) return Number.NaN;
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Median, least and greatest, for a figure that is quoted with its spread. */
export function spread(values) {
  const known = values.filter(Number.isFinite);
  return { median: median(known), min: Math.min(...known), max: Math.max(...known), rounds: known.length };
}

/** The median of `values[i] / floor[i]`: rounds are paired, so that a slow minute of the machine cancels out. */
export function pairedRatio(values, floor) {
  return median(values.map((value, round) => value / floor[round]));
}

/** Slope of the straight line through the points, by least squares. */
export function slope(points) {
  const meanX = points.reduce((sum, [x]) => sum + x, 0) / points.length;
  const meanY = points.reduce((sum, [, y]) => sum + y, 0) / points.length;
  const above = points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0);
  return above / points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
}

/** Three figures that matter: 0.123, 1.23, 12.3, 123, 12,345. */
export function figure(value) {
  if (!Number.isFinite(value)) return '–';
  const size = Math.abs(value);
  const digits = size < 1 ? 3 : size < 10 ? 2 : size < 100 ? 1 : 0;
  return value.toLocaleString('en-US', { maximumFractionDigits: digits });
}

/** The value that so large a share of the values does not exceed. */
export function quantile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}
