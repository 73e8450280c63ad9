export { UmansCredential as default } from './umans-credential.js';
