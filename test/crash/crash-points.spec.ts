import { product } from '../support/product.js';
import { crashRounds } from './crash-rounds.js';

crashRounds(product.form, { downMs: 0, times: 1 });
