/** How providers say that a request is longer than the model's context. */
const signs = [
  /context[_ ]length[_ ]exceeded/i, // OpenAI's code
  /maximum context length/i, // OpenAI, vLLM, DeepSeek
  /(exceeds?|exceeded|larger than|longer than|over) (the |this )?(model'?s? )?(available |maximum |max )*context/i, // llama.cpp, LM Studio
  /exceed_context_size/i, // llama.cpp's type
  /context (window|size|length|limit)[^.]{0,60}(exceed|full|overflow|too (small|long))/i,
  /prompt is too long/i, // Anthropic
  /(input|prompt)( is|'s)? (length|tokens?)?[^.]{0,60}(exceed|longer than|too (long|large))/i, // Gemini, Mistral, vLLM
  /input length and `?max_tokens`? exceed/i, // Anthropic
  /too many (input )?tokens/i, // Bedrock, Cohere
  /maximum prompt length/i, // xAI
  /reduce the length of (the|your) (messages|prompt|input|conversation)/i, // OpenAI, Groq
  /request_too_large|string_above_max_length/i,
  /max_model_len|max_seq_len/i, // vLLM, TGI
  /token limit exceeded|exceeded (the )?(model )?token limit/i, // Moonshot
];

/** Whether a provider's refusal (its words and codes as text) means that the context is full. */
export function isOverflow(status: number | undefined, said: string): boolean {
  if (status !== undefined && status !== 400 && status !== 413 && status !== 422) return false;
  return signs.some((sign) => sign.test(said));
}
