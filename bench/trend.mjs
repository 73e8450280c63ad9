// A straight line through figures over time, and how sure one can be of it.
import { slope as slopeOf } from './stats.mjs';

/**
 * Slope per unit of x by least squares, and the half width of its 95 % interval. Neighbouring figures resemble each other,
 * so there are fewer independent ones than figures (by their correlation with the one before).
 */
export function trend(points) {
  const count = points.length;
  const meanX = points.reduce((sum, [x]) => sum + x, 0) / count;
  const meanY = points.reduce((sum, [, y]) => sum + y, 0) / count;
  const spreadX = points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
  const slope = slopeOf(points);
  const off = points.map(([x, y]) => y - meanY - slope * (x - meanX));
  const squares = off.reduce((sum, each) => sum + each ** 2, 0);
  const beside = off.slice(1).reduce((sum, each, i) => sum + each * off[i], 0);
  const alike = squares > 0 ? Math.min(0.9, Math.max(0, beside / squares)) : 0;
  const free = Math.max(1, (count * (1 - alike)) / (1 + alike) - 2);
  // Student's t at 97.5 %, near enough from 3 upwards.
  const t = 1.96 + 2.4 / free + 4.6 / free ** 2;
  return { slope, half: t * Math.sqrt(squares / free / spreadX) };
}
