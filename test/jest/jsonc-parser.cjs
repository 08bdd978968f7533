// Says `__esModule` and has no default export: in Node its default import is all of it, in compiled CommonJS it would be
// undefined. A copy says nothing (the mark is not enumerable), so both give the same.
module.exports = { ...require('jsonc-parser/lib/umd/main.js') };
