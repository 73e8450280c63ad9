import { LoadedExtensions } from './loaded-extensions.surface.js';

export default LoadedExtensions;
