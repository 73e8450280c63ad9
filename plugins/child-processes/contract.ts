/** What plugins that talk with processes of their own share: none of them outlives the server, none is tried without end. */

export { BackOff } from './back-off.js';
export { LastWords } from './last-words.js';
export { OwnedProcesses, ownerName } from './owned-processes.js';
