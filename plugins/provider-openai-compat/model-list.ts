import type { ModelInfo } from 'dispatch/wire';

type Fields = Record<string, unknown>;
const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null;

/** The models in an answer to `GET /models`: `{ data: […] }`, `{ models: […] }` or a bare list. Undefined if it is none. */
export function modelList(answer: unknown): ({ id: string } & ModelInfo)[] | undefined {
  const list = Array.isArray(answer) ? answer : isFields(answer) ? (answer.data ?? answer.models) : undefined;
  if (!Array.isArray(list)) return undefined;
  return list.flatMap((entry: unknown) => {
    if (typeof entry === 'string') return entry === '' ? [] : [{ id: entry }];
    if (!isFields(entry)) return [];
    const id = entry.id ?? entry.name;
    if (typeof id !== 'string' || id === '') return [];
    const window = contextWindow(entry);
    const vision = seesImages(entry);
    return [{ id, ...(window !== undefined && { contextWindow: window }), ...(vision !== undefined && { vision }) }];
  });
}

function contextWindow(entry: Fields): number | undefined {
  for (const key of ['context_window', 'context_length', 'max_model_len', 'max_context_length']) {
    const value = Number(entry[key] ?? Number.NaN);
    if (Number.isFinite(value) && value > 0) return Math.floor(value);
  }
  return undefined;
}

/** Undefined when the provider does not say. */
function seesImages(entry: Fields): boolean | undefined {
  const inner = (key: string): Fields => (isFields(entry[key]) ? (entry[key] as Fields) : {});
  for (const flag of [entry.vision, entry.supports_vision, entry.supports_image_in, inner('capabilities').vision])
    if (typeof flag === 'boolean') return flag;
  const kinds = inner('architecture').input_modalities ?? entry.input_modalities ?? inner('modalities').input;
  if (Array.isArray(kinds)) return kinds.includes('image');
  const { capabilities } = entry;
  return Array.isArray(capabilities) ? capabilities.some((each) => each === 'vision' || each === 'multimodal') : undefined;
}
