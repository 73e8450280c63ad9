import { ApiKeySource } from './api-key-source.js';

export default ApiKeySource;
