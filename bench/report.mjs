// Rows of figures as a markdown table.
import { names } from './rounds.mjs';
import { figure, pairedRatio, spread } from './stats.mjs';

const [floor, subject] = names;

/** Adds to a row what follows from its values: spreads, the paired ratio, the verdict. */
export function judged(row, foreign) {
  const ratio = pairedRatio(row.values[subject], row.values[floor]);
  const spreads = Object.fromEntries(names.map((name) => [name, spread(row.values[name])]));
  const { limit } = row;
  const value = limit?.of === 'ratio' ? ratio : spreads[subject].median;
  const met = limit && (limit.side === 'most' ? value <= limit.at : value >= limit.at);
  return { ...row, ...spreads, ratio, foreign, ...(limit && { met }) };
}

export function table(rows) {
  const lines = rows.map((row) => {
    const { what, unit, ratio, foreign, limit, met } = row;
    const target = limit
      ? `${limit.side === 'most' ? '≤' : '≥'} ${figure(limit.at)}${limit.of === 'ratio' ? ` × ${row.beside ?? floor}` : ''}`
      : '';
    const verdict = limit ? (met ? 'ok' : '**miss**') : '';
    const cells = [
      what,
      unit,
      ...names.map((name) => withSpread(row[name])),
      ratioText(row, ratio),
      target,
      verdict,
      `${Math.round(foreign)} %`,
    ];
    return `| ${cells.join(' | ')} |`;
  });
  const head = ['measurement', 'unit', ...names, 'ratio', 'target', '', 'others'];
  return [`| ${head.join(' | ')} |`, '|---|---|---:|---:|---:|---|---|---:|', ...lines].join('\n');
}

const withSpread = ({ median, min, max, rounds }) => (rounds > 1 ? `${figure(median)} (${figure(min)}–${figure(max)})` : figure(median));

/** A ratio of differences that straddle zero says nothing; one to nothing even less. */
const ratioText = ({ values }, ratio) => (Number.isFinite(ratio) && values[floor].every((value) => value > 0) ? `${figure(ratio)} ×` : '');
