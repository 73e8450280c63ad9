import { Offline } from './offline.js';

export default Offline;
