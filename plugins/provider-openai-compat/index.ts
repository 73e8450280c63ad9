import { OpenAICompat } from './openai-compat.js';

export default OpenAICompat;
